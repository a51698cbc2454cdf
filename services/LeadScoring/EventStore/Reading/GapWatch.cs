using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace LeadScoring.EventStore.Reading;

/// <summary>
/// Tells gaps that stay empty (a rollback left them) from gaps that an open transaction may still fill. A gap is settled
/// when every transaction that held a number at the time it was first seen has ended. All older gaps settle with it, so
/// a long log's old gaps cost one question.
/// </summary>
internal sealed class GapWatch(NpgsqlDataSource dataSource, TimeSpan waitMax, ILogger logger)
{
    private static readonly string NumberHolders = SqlText.Load(typeof(GapWatch), "number_holders.sql");

    private readonly Lock _sync = new();
    private Watch? _watch;
    private long _settledUpTo;

    /// <summary>No gap at or below this sequence number will ever be filled, or waited for again.</summary>
    public long SettledUpTo => Volatile.Read(ref _settledUpTo);

    /// <param name="gap">A number without an event, at or below <paramref name="end"/>.</param>
    /// <param name="end">The log's end, found before this call.</param>
    public async Task<bool> IsSettledAsync(long gap, long end, CancellationToken ct)
    {
        var asked = Stopwatch.GetTimestamp();
        var holders = await ReadHoldersAsync(ct);
        lock (_sync)
        {
            if (gap <= _settledUpTo)
            {
                return true;
            }

            if (_watch is null || gap > _watch.UpTo)
            {
                _watch = new Watch(end, holders, Since: Stopwatch.GetTimestamp());
            }
            else if (asked < _watch.Since)
            {
                // Another reader began the watch after this one looked: this look says nothing about the watch's holders.
                return false;
            }

            var open = holders.Count(_watch.WaitsFor);
            var waited = Stopwatch.GetElapsedTime(_watch.Since);
            if (open > 0 && waited < waitMax)
            {
                return false;
            }

            if (open > 0)
            {
                logger.LogWarning(
                    "The log reads on past {Sequence}: {Transactions} foreign transactions have kept numbers up to {End} open "
                    + "for {WaitedMs} ms; what they still commit there will not be delivered",
                    gap, open, _watch.UpTo, (long)waited.TotalMilliseconds);
            }

            Volatile.Write(ref _settledUpTo, _watch.UpTo);
            _watch = null;
            return true;
        }
    }

    private async Task<string[]> ReadHoldersAsync(CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(NumberHolders);
        command.Parameters.Add(SqlParameters.Bigint(AdvisoryLocks.AppendBarrier));
        return (string[])(await command.ExecuteScalarAsync(ct))!;
    }

    private sealed record Watch(long UpTo, string[] Holders, long Since)
    {
        /// <summary>A transaction changes its name when it is prepared, so any prepared one may be one of the holders.</summary>
        public bool WaitsFor(string holder) => holder.StartsWith("-1/", StringComparison.Ordinal) || Holders.Contains(holder);
    }
}
