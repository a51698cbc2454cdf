using System.Globalization;
using LeadScoring.Contracts;
using LeadScoring.Domain.Backtests;

namespace LeadScoring.Host.Backtests;

/// <summary>Qualifications by ISO week.</summary>
internal sealed class WeeklyCounts
{
    public const int Days = 7;
    private const double P90 = 0.9;

    /// <summary>Tick 0 is a Monday.</summary>
    private const long TicksPerWeek = Days * TimeSpan.TicksPerDay;

    private readonly double _lengthWeeks;

    public WeeklyCounts(BacktestPeriod period, IReadOnlyList<CycleRecord> cycles, Findings findings)
    {
        _lengthWeeks = period.Weeks;
        var first = period.From.UtcTicks / TicksPerWeek;
        var count = period.Weeks > 0 ? ((period.To.UtcTicks - 1) / TicksPerWeek) - first + 1 : 0;
        var (draft, live) = (new int[count], new int[count]);
        foreach (var cycle in cycles)
        {
            if (findings.IsWithin(cycle.Draft.At)) draft[(cycle.Draft.At / TicksPerWeek) - first]++;
            if (findings.IsWithin(cycle.Live.At)) live[(cycle.Live.At / TicksPerWeek) - first]++;
        }

        Weeks = [.. draft.Select((d, i) => WeekOf(Figures.Instant((first + i) * TicksPerWeek), d, live[i]))];
    }

    public IReadOnlyList<BacktestWeek> Weeks { get; }

    public BacktestWorkload Workload(double? capacityPerWeek) =>
        new(capacityPerWeek, Load(w => w.Draft, capacityPerWeek), Load(w => w.Live, capacityPerWeek));

    private static BacktestWeek WeekOf(DateTimeOffset starts, int draft, int live)
    {
        var day = starts.UtcDateTime;
        var name = string.Create(CultureInfo.InvariantCulture, $"{ISOWeek.GetYear(day):0000}-W{ISOWeek.GetWeekOfYear(day):00}");
        return new(name, starts, draft, live);
    }

    private WeeklyLoad Load(Func<BacktestWeek, int> countOf, double? capacityPerWeek)
    {
        int? over = capacityPerWeek is { } capacity ? Weeks.Count(w => countOf(w) > capacity) : null;
        if (Weeks.Count == 0) return new(0, 0, 0, over);
        int[] counts = [.. Weeks.Select(countOf).Order()];
        var mean = Figures.Shown(counts.Sum() / _lengthWeeks);
        return new(mean, counts[(int)Math.Ceiling(P90 * counts.Length) - 1], counts[^1], over);
    }
}
