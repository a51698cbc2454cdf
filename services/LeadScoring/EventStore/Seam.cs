using Npgsql;

namespace LeadScoring.EventStore;

/// <summary>Addresses one stream: a stream id is unique only within its tenant.</summary>
public readonly record struct StreamKey(string TenantId, Guid StreamId);

/// <summary>An event about to be stored. The body is PascalCase JSON in UTF-8 (Marten reads it case-sensitively).</summary>
/// <param name="Id">Unique in the whole store; an engagement's is derived from (tenant, source, id).</param>
/// <param name="Type">Frozen snake_case alias, e.g. <c>engagement_recorded</c>.</param>
/// <param name="DotNetType"><c>Namespace.Type, Assembly</c>, as Marten writes it.</param>
/// <param name="Body">UTF-8 JSON object.</param>
/// <param name="Metadata">Who and what caused it.</param>
/// <param name="Fact">What the body was made of; null when only the body is known.</param>
public sealed record NewEvent(Guid Id, string Type, string DotNetType, ReadOnlyMemory<byte> Body, EventMetadata Metadata, object? Fact = null);

/// <summary>Who and what caused an event.</summary>
/// <param name="CorrelationId">W3C trace id of the request, or null.</param>
/// <param name="CausationId">What led to it (a command's id, an event's id), or null.</param>
/// <param name="Actor">The API key's id or the person a command names; kept in <c>headers</c>.</param>
/// <param name="TraceParent">W3C traceparent; kept in <c>headers</c>.</param>
public sealed record EventMetadata(string? CorrelationId, string? CausationId, string? Actor, string? TraceParent)
{
    public static readonly EventMetadata None = new(null, null, null, null);
}

/// <summary>A name a stream claims for itself, unique within the tenant and kind, in the transaction of its events.</summary>
public readonly record struct KeyClaim(string Kind, string Value);

/// <summary>Events for one stream.</summary>
/// <param name="ExpectedVersion">The stream's version before these events; 0 creates it.</param>
/// <param name="Unit">Appends of one unit are stored together or not at all; by default each stands alone.</param>
/// <param name="At">The event's <c>timestamp</c>: when it was appended, UTC.</param>
public sealed record StreamAppend(
    StreamKey Stream,
    string StreamType,
    long ExpectedVersion,
    IReadOnlyList<NewEvent> Events,
    IReadOnlyList<KeyClaim> Claims,
    DateTimeOffset At,
    int? Unit = null)
{
    internal bool Creates => ExpectedVersion == 0 && Events.Count > 0;
}

public enum AppendOutcome
{
    /// <summary>Stored, durable.</summary>
    Appended,

    /// <summary>The stream (or one of its unit) was not at the expected version; nothing of the unit was stored.</summary>
    VersionConflict,

    /// <summary>
    /// Another stream holds one of the claimed keys, or claims it earlier in the call; nothing of the unit was stored.
    /// </summary>
    KeyConflict,

    /// <summary>The stream is archived and takes no more events; nothing of the unit was stored.</summary>
    Archived,

    /// <summary>An event of the unit has an id that is in the store already; nothing of the unit was stored.</summary>
    DuplicateEvent,
}

/// <param name="Version">The stream's version after the append, or the version found when it lost.</param>
public readonly record struct AppendResult(AppendOutcome Outcome, long Version);

/// <summary>An event as the log holds it.</summary>
/// <param name="Sequence">Global order.</param>
public sealed record RecordedEvent(
    long Sequence,
    Guid Id,
    StreamKey Stream,
    long Version,
    string Type,
    ReadOnlyMemory<byte> Body,
    DateTimeOffset At,
    EventMetadata Metadata);

/// <summary>
/// The event store: read a stream, append to many streams atomically with expected versions, read the log in order.
/// Everything else is built on these, so that another implementation (Marten, say) fits behind them.
/// </summary>
public interface IEventStore
{
    /// <summary>
    /// The events of one stream in version order, from after <paramref name="afterVersion"/>. A connection is held until the
    /// last is taken.
    /// </summary>
    IAsyncEnumerable<RecordedEvent> ReadStreamAsync(StreamKey stream, long afterVersion, CancellationToken ct);

    /// <summary>
    /// Appends to many streams in one transaction and one round trip. Losers are data in the result, in the order given.
    /// A stream may stand only once in <paramref name="appends"/>.
    /// </summary>
    /// <param name="companions">
    /// Commands that run after the append in the same transaction (inline projections). They tell losers by the setting
    /// <c>leadscoring.lost_appends</c>, local to the transaction: a <c>bigint[]</c> literal of the 1-based positions in
    /// <paramref name="appends"/> of those that lost, <c>{}</c> when none did. A stored event id would not tell them: a call
    /// repeated after an unknown outcome loses to its own first run, whose events are there.
    /// They find rows by key (the transaction runs with <c>enable_seqscan</c> off and <c>plan_cache_mode</c>
    /// <c>force_generic_plan</c>), and they may run more than once, though only the last run commits.
    /// </param>
    /// <exception cref="ArgumentException">A stream stands twice, or a bound is exceeded; the message says which.</exception>
    /// <exception cref="DuplicateEventIdException">
    /// An event id stands twice in the call, or a rival stored it at the same moment; nothing was stored at all. The call
    /// repeated tells a rival's event as <see cref="AppendOutcome.DuplicateEvent"/>.
    /// </exception>
    Task<AppendResult[]> AppendAsync(
        IReadOnlyList<StreamAppend> appends, IReadOnlyList<NpgsqlBatchCommand> companions, CancellationToken ct);

    /// <summary>
    /// One page of the log after a position, in commit-safe order: nothing that commits later can have a lower sequence.
    /// </summary>
    /// <param name="limit">1 to 20,000 events. A page of more than 64 MiB of bodies ends earlier.</param>
    /// <exception cref="TimeoutException">A transaction that appends hangs, so the log's end cannot be told.</exception>
    Task<LogPage> ReadLogAsync(long afterSequence, int limit, CancellationToken ct);

    /// <summary>
    /// The same for a reader that wants few of the types: the others are passed over unread, though none that a page moves
    /// past can commit later. A page may be empty and not at the end.
    /// </summary>
    /// <param name="types">Aliases of the events that are delivered.</param>
    /// <inheritdoc cref="ReadLogAsync(long, int, CancellationToken)"/>
    Task<LogPage> ReadLogAsync(long afterSequence, int limit, IReadOnlyCollection<string> types, CancellationToken ct);

    /// <summary>
    /// The last sequence number that was drawn, for next to nothing: a reader that has read up to it need not look further.
    /// Its event may not be committed yet, or never be; 0 before the first.
    /// </summary>
    Task<long> LastNumberAsync(CancellationToken ct);
}

/// <param name="Events">In sequence order.</param>
/// <param name="NextAfter">Where the next page starts: the last sequence that is settled, also when it holds no event.</param>
/// <param name="AtEnd">The log held no more settled events than these at the time of reading.</param>
public sealed record LogPage(IReadOnlyList<RecordedEvent> Events, long NextAfter, bool AtEnd);

/// <summary>Two events of one call, or of two calls at the same moment, have one id. It is not named: load again to find it.</summary>
public sealed class DuplicateEventIdException(Exception inner)
    : Exception("An event with one of these ids is already stored.", inner);
