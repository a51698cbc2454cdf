using Npgsql;

namespace LeadScoring.EventStore.Reading;

/// <summary>The events of (After, UpTo] whose streams fall into one of a power of two of equal shards.</summary>
/// <param name="After">A sequence number, 0 or more.</param>
/// <param name="Shards">1 (everything), 2, 4, ...</param>
/// <param name="Shard">0 to <paramref name="Shards"/> - 1.</param>
/// <param name="TenantId">Null: all tenants.</param>
public readonly record struct LogSlice(long After, long UpTo, int Shards = 1, int Shard = 0, string? TenantId = null);

/// <summary>
/// Reads long stretches of the log in order, for those who make something from all of it. Unlike a subscriber's pages it
/// does not wait for the gaps that foreign writers leave, so what is made must be compared with the streams' versions.
/// </summary>
public sealed class LogScan(NpgsqlDataSource dataSource, EventStoreOptions? options = null)
{
    /// <summary>Sequence numbers read by one statement, so that none holds a snapshot for long.</summary>
    private const int PageNumbersMax = 20_000;

    private static readonly string ScanLog = SqlText.Load(typeof(LogScan), "scan_log.sql");
    private static readonly string NextNumber = SqlText.Load(typeof(LogScan), "next_number.sql");

    private readonly LogEnd _end = new(dataSource, (options ?? new EventStoreOptions()).BarrierWaitMax);

    /// <summary>The highest sequence number at or below which no append of this store can still appear.</summary>
    /// <exception cref="TimeoutException">A transaction that appends hangs, so the log's end cannot be told.</exception>
    public Task<long> FindEndAsync(CancellationToken ct) => _end.FindAsync(ct);

    /// <summary>Shows every event of the slice, in sequence order; their metadata is left out.</summary>
    /// <param name="visit">Called on one event at a time.</param>
    /// <param name="turnPage">Called with the number of events shown since the last call, while the connection is free.</param>
    public static async Task VisitAsync(
        NpgsqlConnection connection, LogSlice slice, Action<RecordedEvent> visit, Func<int, Task> turnPage, CancellationToken ct)
    {
        var after = slice.After;
        while (after < slice.UpTo)
        {
            var upTo = Math.Min(after + PageNumbersMax, slice.UpTo);
            var events = await VisitPageAsync(connection, slice with { After = after, UpTo = upTo }, visit, ct);
            await turnPage(events);
            after = events > 0 ? upTo : await BeforeNextAsync(connection, upTo, slice.UpTo, ct);
        }
    }

    private static async Task<int> VisitPageAsync(
        NpgsqlConnection connection, LogSlice page, Action<RecordedEvent> visit, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(ScanLog, connection)
        {
            Parameters =
            {
                SqlParameters.Bigint(page.After),
                SqlParameters.Bigint(page.UpTo),
                SqlParameters.Integer(page.Shards - 1),
                SqlParameters.Integer(page.Shard),
                SqlParameters.Text(page.TenantId),
            },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var (tenant, type, events) = ("", "", 0);
        while (await reader.ReadAsync(ct))
        {
            tenant = reader.GetString(2) is var t && t == tenant ? tenant : t;
            type = reader.GetString(5) is var alias && alias == type ? type : alias;
            visit(new RecordedEvent(
                Sequence: reader.GetInt64(0),
                Id: reader.GetGuid(1),
                Stream: new StreamKey(tenant, reader.GetGuid(3)),
                Version: reader.GetInt64(4),
                Type: type,
                Body: reader.GetFieldValue<byte[]>(6),
                At: reader.GetFieldValue<DateTimeOffset>(7),
                Metadata: EventMetadata.None));
            events++;
        }

        return events;
    }

    /// <summary>A stretch without events may be a long one: what lies behind it is looked up.</summary>
    private static async Task<long> BeforeNextAsync(NpgsqlConnection connection, long after, long end, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(NextNumber, connection) { Parameters = { SqlParameters.Bigint(after) } };
        return await command.ExecuteScalarAsync(ct) is long next ? Math.Min(next - 1, end) : end;
    }
}
