using LeadScoring.Contracts;

namespace LeadScoring.Host.Backtests;

/// <summary>Puts the headline figures of two reports side by side.</summary>
internal static class BacktestComparisons
{
    private static readonly (string Measure, Func<BacktestReport, double?> Of)[] Measures =
    [
        ("threshold", r => r.Draft.Threshold),
        ("qualifications", r => r.Draft.Qualifications),
        ("qualified_leads", r => r.Draft.Leads),
        ("qualified_per_week_mean", r => r.Workload.Draft.Mean),
        ("qualified_per_week_p90", r => r.Workload.Draft.P90),
        ("qualified_per_week_max", r => r.Workload.Draft.Max),
        ("weeks_over_capacity", r => r.Workload.Draft.WeeksOverCapacity),
        ("newly_qualified_cycles", r => r.Groups.DraftOnly.Cycles),
        ("no_longer_qualified_cycles", r => r.Groups.LiveOnly.Cycles),
        .. Of("accepted", q => q.Accepted),
        .. Of("opportunity", q => q.Opportunity),
        .. Of("won", q => q.Won),
        ("days_median", r => r.Timing.MedianDays),
        ("informative_rules", r => r.Rules.Count(rule => rule.Verdict == RuleVerdict.Informative)),
        ("noise_rules", r => r.Rules.Count(rule => rule.Verdict == RuleVerdict.Noise)),
        ("best_threshold_for_capacity", r => r.Thresholds.BestForCapacity?.Threshold),
        ("best_threshold_for_precision", r => r.Thresholds.BestForPrecision?.Threshold),
        ("would_cross_on_activation", r => r.Activation.WouldCross),
    ];

    public static BacktestComparison Compare(Guid firstId, BacktestReport first, Guid secondId, BacktestReport second) => new(
        Head(firstId, first),
        Head(secondId, second),
        [.. Measures.Select(m => Compare(m.Measure, m.Of(first), m.Of(second)))],
        [.. Notes(first, second)]);

    private static (string, Func<BacktestReport, double?>)[] Of(string outcome, Func<BacktestQuality, OutcomeMeasures> measures) =>
    [
        ($"{outcome}_precision", r => measures(r.DraftQuality).Precision),
        ($"{outcome}_recall", r => measures(r.DraftQuality).Recall),
        ($"{outcome}_lift", r => measures(r.DraftQuality).Lift),
        ($"{outcome}_roc_auc", r => measures(r.DraftQuality).RocAuc),
    ];

    private static ComparedBacktest Head(Guid id, BacktestReport report) =>
        new(id, report.Draft.Version, report.Draft.ModelId, report.Live.Version, report.Period, report.UpTo);

    /// <summary>Reports give six decimals; so does their difference.</summary>
    private static ComparedMeasure Compare(string measure, double? first, double? second) =>
        new(measure, first, second, second - first is { } difference ? Math.Round(difference, 6) : null);

    private static IEnumerable<string> Notes(BacktestReport first, BacktestReport second)
    {
        if (first.Period != second.Period) yield return "The periods differ.";
        if (first.UpTo != second.UpTo) yield return "They read the log up to different positions: later outcomes are in one of them only.";
        if (first.Live.ModelId != second.Live.ModelId) yield return "They were compared with different versions: what is newly or no longer qualified differs for that alone.";
        if (first.Draft.ModelId == second.Draft.ModelId) yield return "Both tried the same document.";
        if (first.Workload.CapacityPerWeek != second.Workload.CapacityPerWeek) yield return "Different capacities were stated.";
    }
}
