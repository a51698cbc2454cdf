using LeadScoring.Contracts;
using LeadScoring.Domain.Backtests;

namespace LeadScoring.Host.Backtests.Reporting;

/// <summary>How many days earlier or later the draft finds what both find.</summary>
internal static class TimingReport
{
    private const double P10 = 0.1;
    private const double P90 = 0.9;

    private static readonly double[] Edges = [-90, -30, -14, -7, -3, -1, 0, 1, 3, 7, 14, 30, 90];

    public static BacktestTiming Of(IEnumerable<CycleRecord> cycles)
    {
        double[] days = [.. cycles.Where(c => c.Draft.Happened && c.Live.Happened).Select(c => (c.Draft.At - c.Live.At) / (double)TimeSpan.TicksPerDay).Order()];
        double? At(double share) => days.Length == 0 ? null : Figures.Shown(Figures.Quantile(days, share));
        return new(
            days.Length,
            days.LongCount(d => d < 0),
            days.LongCount(d => d == 0),
            days.LongCount(d => d > 0),
            At(0.5),
            At(P10),
            At(P90),
            [.. Enumerable.Range(0, Edges.Length + 1).Select(i => Bin(days, i == 0 ? null : Edges[i - 1], i == Edges.Length ? null : Edges[i]))]);
    }

    private static DaysBin Bin(double[] days, double? from, double? to) =>
        new(from, to, days.LongCount(d => !(d < from) && !(d >= to)));
}
