using LeadScoring.EventStore;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Feed;

/// <summary>Reads what was published.</summary>
public sealed class FeedReader(NpgsqlDataSource dataSource)
{
    /// <summary>Positions one page looks at, whatever their type.</summary>
    public const int LookedAtMax = 5_000;

    /// <summary>A page of one tenant's feed ends early when its bodies reach this many bytes.</summary>
    public const int PageBytesMax = 8 << 20;

    private static readonly string ReadFeed = SqlText.Load(typeof(FeedReader), "read_feed.sql");
    private static readonly string ReadFeeds = SqlText.Load(typeof(FeedReader), "read_feeds.sql");
    private static readonly string FindFeedEvents = SqlText.Load(typeof(FeedReader), "find_feed_events.sql");
    private static readonly string FindLastPublished = SqlText.Load(typeof(FeedReader), "find_last_published.sql");
    private static readonly string FindFeedHead = SqlText.Load(typeof(FeedReader), "find_feed_head.sql");

    /// <summary>What follows a position of one tenant's feed.</summary>
    /// <param name="limit">Most events, 1 or more.</param>
    /// <param name="types">Only these; null: all.</param>
    /// <param name="bytesMax">The page ends early when its bodies reach this many bytes.</param>
    public async Task<FeedPage> ReadAsync(
        string tenantId, long after, int limit, IReadOnlyCollection<string>? types, CancellationToken ct, int bytesMax = PageBytesMax)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var head = await HeadAsync(tenantId, ct);
        if (head <= after) return new([], after, head);

        var upTo = Math.Min(head, after + LookedAtMax);
        await using var command = dataSource.CreateCommand(ReadFeed);
        command.Parameters.AddAll(
            Sql.Of(tenantId, NpgsqlDbType.Text),
            Sql.Of(after, NpgsqlDbType.Bigint),
            Sql.Of(upTo, NpgsqlDbType.Bigint),
            Sql.Of(types?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text),
            Sql.Of(limit, NpgsqlDbType.Integer));
        var events = await ReadAsync(command, bytesMax, ct);
        var isFull = events.Count == limit || events.Sum(e => (long)e.Body.Length) >= bytesMax;
        return new(events, isFull ? events[^1].Position : upTo, head);
    }

    /// <summary>What follows in all tenants' feeds together, in the order of the log.</summary>
    /// <param name="limit">Most events, 1 or more.</param>
    public async Task<IReadOnlyList<FeedEvent>> ReadAllAsync(long afterLogSequence, int limit, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(ReadFeeds);
        command.Parameters.AddAll(Sql.Of(afterLogSequence, NpgsqlDbType.Bigint), Sql.Of(limit, NpgsqlDbType.Integer));
        return await ReadAsync(command, long.MaxValue, ct);
    }

    /// <summary>Events at known places, in no order; the bounds of how many are the caller's.</summary>
    public async Task<IReadOnlyList<FeedEvent>> FindAsync(IReadOnlyCollection<(string TenantId, long Position)> places, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(FindFeedEvents);
        command.Parameters.AddAll(
            Sql.Many(places.Select(p => p.TenantId).ToArray(), NpgsqlDbType.Text),
            Sql.Many(places.Select(p => p.Position).ToArray(), NpgsqlDbType.Bigint));
        return await ReadAsync(command, long.MaxValue, ct);
    }

    /// <returns>The log event that the latest published event of all was made from; 0: none was.</returns>
    public async Task<long> LastLogSequenceAsync(CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(FindLastPublished);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <returns>The last position of a tenant's feed; 0: nothing was published yet.</returns>
    public async Task<long> HeadAsync(string tenantId, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(FindFeedHead);
        command.Parameters.Add(Sql.Of(tenantId, NpgsqlDbType.Text));
        return await command.ExecuteScalarAsync(ct) is long head ? head : 0;
    }

    private static async Task<List<FeedEvent>> ReadAsync(NpgsqlCommand command, long bytesMax, CancellationToken ct)
    {
        await using var rows = await command.ExecuteReaderAsync(ct);
        var events = new List<FeedEvent>();
        for (var bytes = 0L; bytes < bytesMax && await rows.ReadAsync(ct); bytes += events[^1].Body.Length)
        {
            events.Add(new(
                rows.GetString(0),
                rows.GetInt64(1),
                rows.GetInt64(2),
                rows.GetGuid(3),
                rows.GetString(4),
                rows.GetGuid(5),
                rows.GetFieldValue<DateTimeOffset>(6),
                rows.GetFieldValue<byte[]>(7)));
        }

        return events;
    }
}
