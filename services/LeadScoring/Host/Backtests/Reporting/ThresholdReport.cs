using LeadScoring.Contracts;
using LeadScoring.Domain.Backtests;

namespace LeadScoring.Host.Backtests.Reporting;

/// <summary>What the draft would do with other thresholds.</summary>
internal static class ThresholdReport
{
    /// <summary>A precision measured on fewer is not one to choose by.</summary>
    private const int AnsweredMin = 30;

    /// <param name="qualified">Cycles qualified within the period, by threshold of the grid.</param>
    /// <param name="weeks">What a mean is over.</param>
    public static BacktestThresholds Of(
        ThresholdGrid grid, IReadOnlyList<long> qualified, IReadOnlyList<CycleRecord> handedOff, double weeks, BacktestRequest request)
    {
        var (answered, accepted) = (new long[grid.Thresholds.Count + 1], new long[grid.Thresholds.Count + 1]);
        foreach (var cycle in handedOff)
        {
            if (KnownOutcome.Accepted(cycle) is not { } isAccepted) continue;
            answered[cycle.StepsByAnswer]++;
            accepted[cycle.StepsByAnswer] += isAccepted ? 1 : 0;
        }

        var acceptedInAll = accepted.Sum();
        var curve = new ThresholdPoint[grid.Thresholds.Count];
        var (answeredHere, acceptedHere) = (0L, 0L);
        for (var i = curve.Length - 1; i >= 0; i--)
        {
            answeredHere += answered[i + 1];
            acceptedHere += accepted[i + 1];
            curve[i] = new(
                Figures.Shown(grid.Thresholds[i]),
                Figures.Shown(qualified[i] / weeks),
                answeredHere,
                Figures.Share(acceptedHere, answeredHere),
                Figures.Share(acceptedHere, acceptedInAll));
        }

        return new(
            curve,
            request.CapacityPerWeek is { } capacity ? LowestWithin(curve, capacity) : null,
            request.TargetPrecision is { } precision ? Array.Find(curve, p => p.Answered >= AnsweredMin && p.Precision >= precision) : null);
    }
    /// <summary>
    /// A threshold so low that most leads had reached it before the period began qualifies few within it, and would not stay that
    /// idle: only one from which on all are within the capacity is an answer.
    /// </summary>
    private static ThresholdPoint? LowestWithin(ThresholdPoint[] curve, double capacityPerWeek)
    {
        var lowest = Array.FindLastIndex(curve, p => p.QualifiedPerWeek > capacityPerWeek) + 1;
        return lowest < curve.Length ? curve[lowest] : null;
    }
}
