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

    /// <summary>Numbers one page of chosen types looks at.</summary>
    private const int PageNumbersMax = 10_000;

    /// <summary>A page's gaps may belong to a watch that began at an earlier end and to one that begins at this page's.</summary>
    private const int SettlingsPerPageMax = 2;

    private static readonly string FindGap = SqlText.Load(typeof(LogReader), "find_gap.sql");
    private static readonly string LastNumber = SqlText.Load(typeof(LogReader), "last_number.sql");

    private readonly LogEnd _end = new(dataSource, options.BarrierWaitMax);
    private readonly GapWatch _gaps = new(dataSource, options.GapWaitMax, logger);

    public Task<LogPage> ReadAsync(long after, int limit, CancellationToken ct) =>
        ReadAsync(after, limit, end => ReadBelowAsync(end, after, limit, ct), ct);

    /// <summary>The same, of these types only: what the others hold is not read, but their numbers are looked at.</summary>
    public Task<LogPage> ReadAsync(long after, int limit, string[] types, CancellationToken ct) =>
        ReadAsync(after, limit, end => ReadBelowAsync(end, after, limit, types, ct), ct);

    private async Task<LogPage> ReadAsync(long after, int limit, Func<long, Task<LogPage>> readBelow, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, PageEventsMax);

        // A reader that is far behind fills its page below the end that is known already and disturbs no writer.
        return await readBelow(_end.Known) is { AtEnd: false } page ? page : await readBelow(await _end.FindAsync(ct));
    }

    public async Task<long> LastNumberAsync(CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(LastNumber);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    private async Task<LogPage> ReadBelowAsync(long end, long after, int limit, string[] types, CancellationToken ct)
    {
        if (end <= after)
        {
            return new LogPage([], after, AtEnd: true);
        }

        var upTo = Math.Min(end, after + PageNumbersMax);
        var isHeldUp = false;
        for (var settlings = 0; await FindGapAsync(after, upTo, ct) is { } gap; settlings++)
        {
            if (settlings == SettlingsPerPageMax || !await _gaps.IsSettledAsync(gap, end, ct))
            {
                (upTo, isHeldUp) = (gap - 1, true);
                break;
            }
        }

        // Read after the numbers were found settled, so that an event that filled a gap meanwhile is among them.
        var rows = await RecordedEvents.OfTypesAsync(dataSource, after, upTo, limit, types, ct);
        return new LogPage(
            rows.Events, rows.IsFull ? rows.Events[^1].Sequence : upTo, AtEnd: !rows.IsFull && (isHeldUp || upTo == end));
    }

    /// <summary>The first number above the settled ones, up to one that is not beyond the log's end, that holds no event.</summary>
    private async Task<long?> FindGapAsync(long after, long upTo, CancellationToken ct)
    {
        var settled = Math.Max(after, _gaps.SettledUpTo);
        if (settled >= upTo)
        {
            return null;
        }

        await using var command = dataSource.CreateCommand(FindGap);
        command.Parameters.Add(SqlParameters.Bigint(settled));
        command.Parameters.Add(SqlParameters.Bigint(upTo));
        var gap = (long)(await command.ExecuteScalarAsync(ct))!;
        return gap <= upTo ? gap : null;
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
