using LeadScoring.Contracts;
using LeadScoring.Domain.Backtests;
using LeadScoring.Domain.Statistics;

namespace LeadScoring.Host.Backtests;

/// <summary>How well a model tells good handoffs from bad ones.</summary>
internal static class QualityReport
{
    /// <summary>Bounds of the bands as shares of the model's threshold.</summary>
    private static readonly double[] BandEdges = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3];

    /// <param name="handedOff">Cycles with a handoff.</param>
    public static BacktestQuality Of(IReadOnlyList<CycleRecord> handedOff, Side side) => new(
        Measure(handedOff, side, KnownOutcome.Accepted),
        Measure(handedOff, side, KnownOutcome.Opportunity),
        Measure(handedOff, side, KnownOutcome.Won),
        Bands(handedOff, side));

    private static OutcomeMeasures Measure(IReadOnlyList<CycleRecord> handedOff, Side side, Func<CycleRecord, KnownOutcome?> outcomeOf)
    {
        var scores = new List<double>();
        var fits = new List<double>();
        var outcomes = new List<bool>();
        var (positives, predicted, hits) = (0L, 0L, 0L);
        foreach (var cycle in handedOff)
        {
            if (outcomeOf(cycle) is not { } outcome) continue;
            var isPredicted = side.Crossing(cycle) is { Happened: true, At: var at } && at <= outcome.At;
            scores.Add(side.Score(cycle.Handoff!));
            fits.Add(side.Fit(cycle.Handoff!));
            outcomes.Add(outcome.IsPositive);
            positives += outcome.IsPositive ? 1 : 0;
            predicted += isPredicted ? 1 : 0;
            hits += isPredicted && outcome.IsPositive ? 1 : 0;
        }

        double? lift = positives == 0 || predicted == 0 ? null : (double)hits / predicted / ((double)positives / outcomes.Count);
        return new(
            outcomes.Count,
            positives,
            predicted,
            hits,
            Figures.Share(positives, outcomes.Count),
            Figures.Share(hits, predicted),
            Figures.Share(hits, positives),
            Figures.Shown(lift),
            Figures.Shown(RocCurve.Area(scores, outcomes)),
            Figures.Shown(RocCurve.Area(fits, outcomes)));
    }

    private static ScoreBand[] Bands(IReadOnlyList<CycleRecord> handedOff, Side side)
    {
        double[] edges = [.. BandEdges.Select(e => Figures.Shown(e * side.Model.Threshold)).Order()];
        var bands = handedOff.ToLookup(c => edges.Count(e => side.Score(c.Handoff!) >= e));
        return
        [
            .. Enumerable.Range(0, edges.Length + 1).Select(i => new ScoreBand(
                i == 0 ? null : edges[i - 1],
                i == edges.Length ? null : edges[i],
                Count(bands[i], KnownOutcome.Accepted),
                Count(bands[i], KnownOutcome.Opportunity),
                Count(bands[i], KnownOutcome.Won))),
        ];
    }

    private static OutcomeCount Count(IEnumerable<CycleRecord> cycles, Func<CycleRecord, KnownOutcome?> outcomeOf)
    {
        var (known, positives) = (0L, 0L);
        foreach (var cycle in cycles)
        {
            if (outcomeOf(cycle) is not { } outcome) continue;
            known++;
            positives += outcome.IsPositive ? 1 : 0;
        }

        return new(known, positives, Figures.Share(positives, known));
    }
}
