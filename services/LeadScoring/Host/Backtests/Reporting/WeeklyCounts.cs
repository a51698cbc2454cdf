using System.Globalization;
using LeadScoring.Contracts;
using LeadScoring.Domain.Backtests;

namespace LeadScoring.Host.Backtests.Reporting;

/// <summary>Qualifications by ISO week.</summary>
internal sealed class WeeklyCounts
{
    public const int Days = 7;
    private const double P90 = 0.9;

    /// <summary>Tick 0 is a Monday.</summary>
    private const long TicksPerWeek = Days * TimeSpan.TicksPerDay;

    private readonly double _meanOver;
    private readonly List<BacktestWeek> _weeks = [];

    public WeeklyCounts(BacktestPeriod period, IReadOnlyList<CycleRecord> cycles, Findings findings)
    {
        _meanOver = MeanOver(period);
        var draft = CountsOf(cycles.Select(c => c.Draft.At).Where(findings.IsWithin));
        var live = CountsOf(cycles.Select(c => c.Live.At).Where(findings.IsWithin));
        List<long> weeks = [.. draft.Keys, .. live.Keys]; // Clocks differ: some may lie just outside of the period.
        if (period.To > period.From) weeks.AddRange([WeekOf(period.From.UtcTicks), WeekOf(period.To.UtcTicks - 1)]);
        if (weeks.Count == 0) return;
        var last = weeks.Max();
        for (var week = weeks.Min(); week <= last; week++)
        {
            _weeks.Add(WeekOf(Figures.Instant(week * TicksPerWeek), draft.GetValueOrDefault(week), live.GetValueOrDefault(week)));
        }
    }

    public IReadOnlyList<BacktestWeek> Weeks => _weeks;

    /// <summary>Weeks a mean is over: what happened within an hour says nothing of what a week would bring.</summary>
    public static double MeanOver(BacktestPeriod period) => Math.Max(1, period.Weeks);

    public BacktestWorkload Workload(double? capacityPerWeek) =>
        new(
            capacityPerWeek,
            Load(w => w.Draft, capacityPerWeek),
            Load(w => w.Live, capacityPerWeek),
            capacityPerWeek is null ? null : CapacitySource.Request);

    private static Dictionary<long, int> CountsOf(IEnumerable<long> instants) => instants.CountBy(WeekOf).ToDictionary();

    private static long WeekOf(long ticks) => ticks / TicksPerWeek;

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
        return new(Figures.Shown(counts.Sum() / _meanOver), counts[(int)Math.Ceiling(P90 * counts.Length) - 1], counts[^1], over);
    }
}
