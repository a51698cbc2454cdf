using System.Diagnostics;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Events;

/// <summary>The events of (After, UpTo] whose streams fall into one of a power of two of equal shards.</summary>
/// <param name="After">A sequence number, 0 or more.</param>
/// <param name="Shards">1 (everything), 2, 4, ...</param>
/// <param name="Shard">0 to <paramref name="Shards"/> - 1.</param>
/// <param name="TenantId">Null: all tenants.</param>
public readonly record struct LogSlice(long After, long UpTo, int Shards = 1, int Shard = 0, string? TenantId = null);

/// <summary>Reads long stretches of the log in order, for those who make something from all of it up to a position that stays as it is.</summary>
/// <param name="openMax">How long to wait for transactions that have drawn a number; null: 6 s.</param>
public sealed class LogScan(NpgsqlDataSource dataSource, TimeSpan? openMax = null)
{
    /// <summary>Sequence numbers read by one statement, so that none holds a snapshot for long.</summary>
    private const int PageNumbersMax = 20_000;

    /// <summary>
    /// The open transactions that have drawn a number and may still store an event under it, anybody's: <c>nextval</c> locks the sequence
    /// to the end of its transaction. One that merely runs long (a backup, a report) is not among them.
    /// </summary>
    private const string Drawers =
        """
        select coalesce(array_agg(l.virtualtransaction), '{}')
        from pg_locks l
        where l.locktype = 'relation' and l.mode = 'RowExclusiveLock' and l.granted
          and l.database = (select d.oid from pg_database d where d.datname = current_database())
          and l.relation = 'mt_events_sequence'::regclass
          and ($1::text[] is null or l.virtualtransaction = any($1))
        """;

    private const string LastDrawn = "select last_value - case when is_called then 0 else 1 end from mt_events_sequence";

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(5);

    private readonly TimeSpan _openMax = openMax ?? TimeSpan.FromSeconds(6);

    /// <summary>
    /// The highest sequence number of an event at or below which no other can still appear; but for tombstones, by which Marten marks
    /// numbers that a failed append had drawn, some time after it failed: nobody is shown them.
    /// </summary>
    /// <exception cref="TimeoutException">A transaction that appends hangs, so the log's end cannot be told.</exception>
    public async Task<long> FindEndAsync(CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);

        // In this order: who has drawn a number up to the last one is seen, or has ended.
        var drawn = await AskAsync<long>(LastDrawn);
        var open = await AskAsync<string[]>(Drawers, Sql.Of<string[]?>(null, NpgsqlDbType.Array | NpgsqlDbType.Text));
        for (var started = Stopwatch.GetTimestamp(); open.Length > 0; open = await AskAsync<string[]>(Drawers, Sql.Many(open, NpgsqlDbType.Text)))
        {
            if (Stopwatch.GetElapsedTime(started) > _openMax)
            {
                throw new TimeoutException($"The end of the log was not found within {_openMax.TotalSeconds} s: a transaction that appends does not end.");
            }

            await Task.Delay(LookEvery, ct);
        }

        return await AskAsync<long>("select coalesce(max(seq_id), 0) from mt_events where seq_id <= $1", Sql.Of(drawn, NpgsqlDbType.Bigint));

        async Task<T> AskAsync<T>(string sql, params NpgsqlParameter[] parameters)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            command.Parameters.AddAll(parameters);
            return (T)(await command.ExecuteScalarAsync(ct))!;
        }
    }

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
        // Both bounds are given because they lie close together: at most one page of numbers.
        await using var command = new NpgsqlCommand(
            $"""
            select {RecordedEvent.Columns}, e.tenant_id, e.stream_id
            from mt_events e
            where e.seq_id > $1 and e.seq_id <= $2 and (uuid_hash(e.stream_id) & $3) = $4 and ($5::text is null or e.tenant_id = $5)
              and e.type <> 'tombstone'
            order by e.seq_id
            """,
            connection);
        command.Parameters.AddAll(
            Sql.Of(page.After, NpgsqlDbType.Bigint),
            Sql.Of(page.UpTo, NpgsqlDbType.Bigint),
            Sql.Of(page.Shards - 1, NpgsqlDbType.Integer),
            Sql.Of(page.Shard, NpgsqlDbType.Integer),
            Sql.Of(page.TenantId, NpgsqlDbType.Text));
        await using var rows = await command.ExecuteReaderAsync(ct);
        var (tenant, events) = ("", 0);
        for (; await rows.ReadAsync(ct); events++)
        {
            tenant = rows.GetString(RecordedEvent.ColumnCount) is var t && t == tenant ? tenant : t;
            visit(RecordedEvent.Read(rows, new(tenant, rows.GetGuid(RecordedEvent.ColumnCount + 1))));
        }

        return events;
    }

    /// <summary>A stretch without events may be a long one: what lies behind it is looked up.</summary>
    private static async Task<long> BeforeNextAsync(NpgsqlConnection connection, long after, long end, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select e.seq_id from mt_events e where e.seq_id > $1 order by e.seq_id limit 1", connection);
        command.Parameters.Add(Sql.Of(after, NpgsqlDbType.Bigint));
        return await command.ExecuteScalarAsync(ct) is long next ? Math.Min(next - 1, end) : end;
    }
}
