using LeadScoring.EventStore;
using LeadScoring.EventStore.Checkpoints;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Feed;

/// <summary>
/// Adds to the feed: events, heads and the position in the log move in one transaction, and only if nobody else has moved the
/// position meanwhile. So each event stands in the feed once, whoever believes to lead and wherever one of them ends.
/// </summary>
public sealed class FeedAppend(NpgsqlDataSource dataSource)
{
    /// <summary>How far the log is published, as <c>mt_event_progression</c> names it.</summary>
    public const string CheckpointName = "Feed:All";

    private static readonly string InsertFeedEvents = SqlText.Load(typeof(FeedAppend), "insert_feed_events.sql");
    private static readonly string MoveFeedHeads = SqlText.Load(typeof(FeedAppend), "move_feed_heads.sql");
    private static readonly string SetAside = SqlText.Load(typeof(FeedAppend), "set_aside.sql");
    private static readonly string FindFeedHeads = SqlText.Load(typeof(FeedAppend), "find_feed_heads.sql");
    private static readonly string CountSetAside = SqlText.Load(typeof(FeedAppend), "count_set_aside.sql");
    private static readonly Checkpoint Position = new(CheckpointName);

    /// <returns>The sequence number up to which all that is to be published is in the feed.</returns>
    public Task<long> PositionAsync(CancellationToken ct) => Position.ReadAsync(dataSource, ct);

    /// <summary>How many events could not be published.</summary>
    public async Task<long> CountSetAsideAsync(CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(CountSetAside);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>The last positions of these tenants; one that is missing has nothing in its feed.</summary>
    public async Task<Dictionary<string, long>> HeadsAsync(IEnumerable<string> tenants, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(FindFeedHeads);
        command.Parameters.Add(Sql.Many(tenants.ToArray(), NpgsqlDbType.Text));
        await using var rows = await command.ExecuteReaderAsync(ct);
        var heads = new Dictionary<string, long>(StringComparer.Ordinal);
        while (await rows.ReadAsync(ct)) heads.Add(rows.GetString(0), rows.GetInt64(1));
        return heads;
    }

    /// <param name="events">In the order of the log, positions assigned; those without are set aside.</param>
    /// <param name="heads">Last position and log sequence of every tenant that has events here.</param>
    /// <param name="from">Where the position in the log must be; <paramref name="to"/> is where it will be.</param>
    /// <exception cref="FencedException">It is elsewhere: another instance publishes. Nothing was stored.</exception>
    internal async Task StoreAsync(
        IReadOnlyList<PlacedEvent> events, IReadOnlyList<FeedHead> heads, long from, long to, CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var batch = new NpgsqlBatch(connection, transaction);

        // First of all: a rival waits here for the outcome, and then has none.
        var advancing = Position.Advancing(from, to);
        batch.BatchCommands.Add(advancing);
        AddEvents(batch, [.. events.Where(e => e.Body is not null)]);
        AddHeads(batch, heads);
        AddSetAside(batch, [.. events.Where(e => e.Body is null)]);
        try
        {
            await batch.ExecuteNonQueryAsync(ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            // The batch runs to its end, also behind a position that did not move: the rival's events are there already.
            throw new FencedException(CheckpointName, from);
        }

        Position.EnsureAdvanced(advancing, from);
        await transaction.CommitAsync(ct);
    }

    private static void AddEvents(NpgsqlBatch batch, IReadOnlyList<PlacedEvent> events)
    {
        if (events.Count == 0) return;
        batch.BatchCommands.Add(Sql.BatchCommand(
            InsertFeedEvents,
            Sql.Many(events.Select(e => e.Event.TenantId).ToArray(), NpgsqlDbType.Text),
            Sql.Many(events.Select(e => e.Position).ToArray(), NpgsqlDbType.Bigint),
            Sql.Many(events.Select(e => e.Event.Recorded.Sequence).ToArray(), NpgsqlDbType.Bigint),
            Sql.Many(events.Select(e => e.Event.Recorded.Id).ToArray(), NpgsqlDbType.Uuid),
            Sql.Many(events.Select(e => e.Event.Type).ToArray(), NpgsqlDbType.Text),
            Sql.Many(events.Select(e => e.Event.Recorded.Stream.StreamId).ToArray(), NpgsqlDbType.Uuid),
            Sql.Many(events.Select(e => e.Event.At.UtcDateTime).ToArray(), NpgsqlDbType.TimestampTz),
            Sql.Many(events.Select(e => e.Body!).ToArray(), NpgsqlDbType.Bytea)));
    }

    private static void AddHeads(NpgsqlBatch batch, IReadOnlyList<FeedHead> heads)
    {
        if (heads.Count == 0) return;
        batch.BatchCommands.Add(Sql.BatchCommand(
            MoveFeedHeads,
            Sql.Many(heads.Select(h => h.TenantId).ToArray(), NpgsqlDbType.Text),
            Sql.Many(heads.Select(h => h.Position).ToArray(), NpgsqlDbType.Bigint),
            Sql.Many(heads.Select(h => h.LogSequence).ToArray(), NpgsqlDbType.Bigint)));
    }

    private static void AddSetAside(NpgsqlBatch batch, IReadOnlyList<PlacedEvent> events)
    {
        if (events.Count == 0) return;
        batch.BatchCommands.Add(Sql.BatchCommand(
            SetAside,
            Sql.Many(events.Select(e => e.Event.Recorded.Sequence).ToArray(), NpgsqlDbType.Bigint),
            Sql.Many(events.Select(e => e.Event.TenantId).ToArray(), NpgsqlDbType.Text),
            Sql.Many(events.Select(e => e.Event.Recorded.Id).ToArray(), NpgsqlDbType.Uuid),
            Sql.Many(events.Select(e => e.Event.Recorded.Type).ToArray(), NpgsqlDbType.Text),
            Sql.Many(events.Select(e => e.Event.Fault!).ToArray(), NpgsqlDbType.Text)));
    }
}

/// <param name="Position">0 for what is set aside.</param>
/// <param name="Body">The CloudEvent; null for what is set aside.</param>
internal sealed record PlacedEvent(PublishedEvent Event, long Position, byte[]? Body);

internal readonly record struct FeedHead(string TenantId, long Position, long LogSequence);
