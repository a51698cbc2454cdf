using LeadScoring.Contracts;
using LeadScoring.Domain.Backtests;
using LeadScoring.Domain.Statistics;

namespace LeadScoring.Host.Backtests.Reporting;

/// <summary>How well a model tells good handoffs from bad ones.</summary>
internal static class QualityReport
{
    /// <summary>Bounds of the bands as shares of the model's threshold.</summary>
    private static readonly double[] BandEdges = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3];

    /// <param name="handedOff">Cycles with a handoff.</param>
    public static BacktestQuality Of(IReadOnlyList<CycleRecord> handedOff, Side side, CancellationToken ct) => new(
        Measure(handedOff, side, KnownOutcome.Accepted, ct),
        Measure(handedOff, side, KnownOutcome.Opportunity, ct),
        Measure(handedOff, side, KnownOutcome.Won, ct),
        Bands(handedOff, side, ct));

    private static OutcomeMeasures Measure(
        IReadOnlyList<CycleRecord> handedOff, Side side, Func<CycleRecord, bool?> outcomeOf, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var scores = new List<double>();
        var fits = new List<double>();
        var outcomes = new List<bool>();
        var (positives, predicted, hits) = (0L, 0L, 0L);
        foreach (var cycle in handedOff)
        {
            if (outcomeOf(cycle) is not { } isPositive) continue;

            // What a lead does once sales has it, a model could not have chosen it by.
            var isPredicted = side.Crossing(cycle) is { Happened: true, At: var at } && at <= cycle.AnsweredAt;
            scores.Add(side.Score(cycle.Handoff!));
            fits.Add(side.Fit(cycle.Handoff!));
            outcomes.Add(isPositive);
            positives += isPositive ? 1 : 0;
            predicted += isPredicted ? 1 : 0;
            hits += isPredicted && isPositive ? 1 : 0;
        }

        return new(
            outcomes.Count,
            positives,
            predicted,
            hits,
            Figures.Share(positives, outcomes.Count),
            Figures.Share(hits, predicted),
            Figures.Share(hits, positives),
            Lift(hits, predicted, positives, outcomes.Count),
            Figures.Shown(RocCurve.Area(scores, outcomes)),
            Figures.Shown(RocCurve.Area(fits, outcomes)));
    }

    private static ScoreBand[] Bands(IReadOnlyList<CycleRecord> handedOff, Side side, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        double[] edges = [.. BandEdges.Select(e => Figures.Shown(e * side.Model.Threshold)).Order()];
        var bands = handedOff.ToLookup(c => edges.Count(e => side.Score(c.Handoff!) >= e));
        List<CycleRecord>[] cycles = [.. Enumerable.Range(0, edges.Length + 1).Select(i => bands[i].ToList())];
        var (accepted, opportunity, won) =
            (Counts(cycles, KnownOutcome.Accepted), Counts(cycles, KnownOutcome.Opportunity), Counts(cycles, KnownOutcome.Won));
        return
        [
            .. cycles.Select((_, i) => new ScoreBand(
                i == 0 ? null : edges[i - 1], i == edges.Length ? null : edges[i], accepted[i], opportunity[i], won[i])),
        ];
    }

    private static OutcomeCount[] Counts(List<CycleRecord>[] bands, Func<CycleRecord, bool?> outcomeOf)
    {
        var known = Array.ConvertAll(bands, b => b.LongCount(c => outcomeOf(c) is not null));
        var positives = Array.ConvertAll(bands, b => b.LongCount(c => outcomeOf(c) is true));
        var (allKnown, allPositives) = (known.Sum(), positives.Sum());
        var counts = new OutcomeCount[bands.Length];
        var (knownFrom, positivesFrom) = (0L, 0L);
        for (var i = bands.Length - 1; i >= 0; i--)
        {
            knownFrom += known[i];
            positivesFrom += positives[i];
            counts[i] = new(
                known[i],
                positives[i],
                Figures.Share(positives[i], known[i]),
                Figures.Share(positivesFrom, knownFrom),
                Figures.Share(positivesFrom, allPositives),
                Lift(positivesFrom, knownFrom, allPositives, allKnown));
        }

        return counts;
    }

    private static double? Lift(long hits, long predicted, long positives, long all) =>
        positives == 0 || predicted == 0 ? null : Figures.Shown((double)hits / predicted / ((double)positives / all));
}
