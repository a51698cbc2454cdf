using Npgsql;

namespace LeadScoring.Host.Events;

/// <summary>Addresses one stream: a stream id is unique only within its tenant.</summary>
public readonly record struct StreamKey(string TenantId, Guid StreamId);

/// <summary>An event as the log holds it, its body unread: most readers need few of them, and one of a later program is none to Marten.</summary>
/// <param name="Sequence">Global order.</param>
/// <param name="Type">Frozen snake_case alias, e.g. <c>engagement_recorded</c>.</param>
/// <param name="Body">UTF-8 JSON object, PascalCase.</param>
/// <param name="At">When it was appended.</param>
/// <param name="Metadata">Empty where the reader has no use for it.</param>
public sealed record RecordedEvent(
    long Sequence,
    Guid Id,
    StreamKey Stream,
    long Version,
    string Type,
    ReadOnlyMemory<byte> Body,
    DateTimeOffset At,
    EventMetadata Metadata)
{
    /// <summary>The columns of <c>mt_events e</c> that <see cref="Read"/> takes, in its order; a reader of many streams has theirs behind.</summary>
    internal const string Columns = "e.seq_id, e.id, e.version, e.type, e.data, e.timestamp";

    /// <summary>How many they are: where a reader's own begin.</summary>
    internal const int ColumnCount = 6;

    internal static RecordedEvent Read(NpgsqlDataReader row, StreamKey stream, EventMetadata? metadata = null) => new(
        row.GetInt64(0), row.GetGuid(1), stream, row.GetInt64(2), row.GetString(3), row.GetFieldValue<byte[]>(4), row.GetFieldValue<DateTimeOffset>(5),
        metadata ?? EventMetadata.None);
}

/// <summary>An event whose type this program does not know. It stays in the log; readers pass over it.</summary>
public sealed record UnknownEvent(RecordedEvent Recorded);

/// <summary>A stored body does not fit its type. The message names the event, never its content.</summary>
public sealed class UnreadableEventException(RecordedEvent recorded, Exception inner)
    : Exception($"The body of event {recorded.Id} (sequence {recorded.Sequence}) does not fit its type {recorded.Type}.", inner);
