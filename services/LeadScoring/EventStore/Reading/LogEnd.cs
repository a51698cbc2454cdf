using Npgsql;

namespace LeadScoring.EventStore.Reading;

/// <summary>
/// Finds the log's end: the highest sequence number at or below which no append of this store can still appear.
/// </summary>
internal sealed class LogEnd(NpgsqlDataSource dataSource, TimeSpan barrierWaitMax)
{
    private const int BarrierAttemptsMax = 20;

    /// <summary>Between two attempts, so that the writers queued behind the first get through.</summary>
    private static readonly TimeSpan BarrierPause = TimeSpan.FromMilliseconds(50);

    private static readonly string SetLockTimeout = SqlText.Load(typeof(LogEnd), "set_lock_timeout.sql");
    private static readonly string WaitForWriters = SqlText.Load(typeof(LogEnd), "wait_for_writers.sql");
    private static readonly string EndOfLog = SqlText.Load(typeof(LogEnd), "end_of_log.sql");

    private long _known;

    /// <summary>The end found last; 0 before the first time. It only grows, and stays safe for ever.</summary>
    public long Known => Volatile.Read(ref _known);

    /// <exception cref="TimeoutException">Writers kept the barrier through every attempt: one of them hangs.</exception>
    public async Task<long> FindAsync(CancellationToken ct)
    {
        for (var attempt = 1; attempt <= BarrierAttemptsMax; attempt++)
        {
            try
            {
                var found = await FindOnceAsync(ct);
                InterlockedMax(ref _known, found);
                return found;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                await Task.Delay(BarrierPause, ct);
            }
        }

        throw new TimeoutException(
            $"The end of the log was not found in {BarrierAttemptsMax} attempts of {barrierWaitMax.TotalMilliseconds} ms: "
            + "a transaction that appends does not end.");
    }

    /// <summary>One round trip and one transaction, so the writers it holds up wait for no network.</summary>
    private async Task<long> FindOnceAsync(CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new(SetLockTimeout) { Parameters = { SqlParameters.Text($"{barrierWaitMax.TotalMilliseconds:0}ms") } },
                new(WaitForWriters) { Parameters = { SqlParameters.Bigint(AdvisoryLocks.AppendBarrier) } },
                new(EndOfLog),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);
        await reader.NextResultAsync(ct);
        await reader.ReadAsync(ct);
        return reader.GetInt64(0);
    }

    private static void InterlockedMax(ref long target, long value)
    {
        var seen = Volatile.Read(ref target);
        while (seen < value && Interlocked.CompareExchange(ref target, value, seen) is var now && now != seen)
        {
            seen = now;
        }
    }
}
