using Microsoft.Extensions.Logging;
using Npgsql;

namespace LeadScoring.EventStore.Reading;

/// <summary>
/// Reads the log in an order in which nothing can appear behind a reader. Two things could: an append that has drawn a
/// number and not committed yet, which <see cref="LogEnd"/> waits for, and a foreign writer, which takes no part in that
/// and shows only as a gap, which <see cref="GapWatch"/> waits for.
/// </summary>
internal sealed class LogReader(NpgsqlDataSource dataSource, EventStoreOptions options, ILogger logger)
{
    private const int PageEventsMax = 20_000;

    /// <summary>A page's gaps may belong to a watch that began at an earlier end and to one that begins at this page's.</summary>
    private const int SettlingsPerPageMax = 2;

    private readonly LogEnd _end = new(dataSource, options.BarrierWaitMax);
    private readonly GapWatch _gaps = new(dataSource, options.GapWaitMax, logger);

    public async Task<LogPage> ReadAsync(long after, int limit, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, PageEventsMax);

        // A reader that is far behind fills its page below the end that is known already and disturbs no writer.
        return await ReadBelowAsync(_end.Known, after, limit, ct) is { AtEnd: false } page
            ? page
            : await ReadBelowAsync(await _end.FindAsync(ct), after, limit, ct);
    }

    private async Task<LogPage> ReadBelowAsync(long end, long after, int limit, CancellationToken ct)
    {
        if (end <= after)
        {
            return new LogPage([], after, AtEnd: true);
        }

        var rows = await RecordedEvents.OfLogAsync(dataSource, after, end, limit, ct);
        for (var settlings = 0; FirstGap(rows.Events, after) is { } gap; settlings++)
        {
            if (settlings == SettlingsPerPageMax || !await _gaps.IsSettledAsync(gap, end, ct))
            {
                return new LogPage([.. rows.Events.TakeWhile(e => e.Sequence < gap)], gap - 1, AtEnd: true);
            }

            // The gap may have been filled after the page was read and before it was found settled.
            rows = await RecordedEvents.OfLogAsync(dataSource, after, end, limit, ct);
        }

        return new LogPage(rows.Events, rows.IsFull ? rows.Events[^1].Sequence : end, AtEnd: !rows.IsFull);
    }

    /// <summary>The first number above the settled ones that holds no event though a later one does.</summary>
    private long? FirstGap(List<RecordedEvent> events, long after)
    {
        var expected = Math.Max(after, _gaps.SettledUpTo) + 1;
        foreach (var sequence in events.Select(e => e.Sequence).SkipWhile(s => s < expected))
        {
            if (sequence != expected)
            {
                return expected;
            }

            expected++;
        }

        return null;
    }
}
