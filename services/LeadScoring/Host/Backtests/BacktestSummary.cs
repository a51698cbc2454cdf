using System.Globalization;
using LeadScoring.Contracts;

namespace LeadScoring.Host.Backtests;

/// <summary>A report in the few lines somebody at a terminal reads.</summary>
public static class BacktestSummary
{
    public static IEnumerable<string> Lines(BacktestReport report)
    {
        var (draft, live) = (report.Draft, report.Live);
        yield return $"Version {draft.Version} ({draft.Name}) tried against version {live.Version} ({live.Name}),";
        yield return $"{Day(report.Period.From)} to {Day(report.Period.To)}: {report.Events:N0} events of {report.Leads:N0} leads, up to log position {report.UpTo}.";
        yield return "";
        yield return Row("", $"version {draft.Version}", $"version {live.Version}");
        yield return Row("qualified", Whole(draft.Qualifications), Whole(live.Qualifications));
        yield return Row("a week, mean", Number(report.Workload.Draft.Mean), Number(report.Workload.Live.Mean));
        yield return Row("a week, most", Whole(report.Workload.Draft.Max), Whole(report.Workload.Live.Max));
        if (report.Workload.CapacityPerWeek is { } capacity)
        {
            yield return Row($"weeks above {Number(capacity)}", Whole(report.Workload.Draft.WeeksOverCapacity), Whole(report.Workload.Live.WeeksOverCapacity))
                + (report.Workload.CapacityFrom == CapacitySource.SalesCapacity ? "  the capacity sales has stated" : "");
        }

        foreach (var line in Quality("accepted", report.DraftQuality.Accepted, report.LiveQuality.Accepted)) yield return line;
        foreach (var line in Quality("opportunity", report.DraftQuality.Opportunity, report.LiveQuality.Opportunity)) yield return line;
        foreach (var line in Quality("won", report.DraftQuality.Won, report.LiveQuality.Won)) yield return line;
        yield return "";
        yield return $"Only version {draft.Version} finds {Ended(report.Groups.DraftOnly)}.";
        yield return $"Only version {live.Version} finds {Ended(report.Groups.LiveOnly)}.";
        yield return $"Both find {Ended(report.Groups.Both)}.";
        yield return $"Of these version {draft.Version} finds {report.Timing.Earlier:N0} earlier and {report.Timing.Later:N0} later"
            + (report.Timing.MedianDays is { } days ? $", {Signed(days)} days in the median." : ".");
        foreach (var verdict in Enum.GetValues<RuleVerdict>()) yield return Rules(report, verdict);
        if (report.Thresholds.BestForCapacity is { } fits) yield return $"Lowest threshold within the capacity: {Number(fits.Threshold)}, {Number(fits.QualifiedPerWeek)} a week.";
        if (report.Thresholds.BestForPrecision is { } precise) yield return $"Lowest threshold of the wished precision: {Number(precise.Threshold)}, {Share(precise.Precision)} accepted.";
        yield return $"Activated now: {report.Activation.WouldCross:N0} leads would cross and wait for marketing ({Grades(report.Activation)}), "
            + $"{report.Activation.WouldNotReach:N0} would no longer reach the threshold.";
        foreach (var note in report.Notes) yield return $"Note: {note}";
    }

    private static IEnumerable<string> Quality(string outcome, OutcomeMeasures draft, OutcomeMeasures live)
    {
        yield return Row($"{outcome}: precision", Share(draft.Precision), Share(live.Precision));
        yield return Row($"{outcome}: recall", Share(draft.Recall), Share(live.Recall));
        yield return Row($"{outcome}: lift", Number(draft.Lift), Number(live.Lift));
        yield return Row($"{outcome}: ROC-AUC", Number(draft.RocAuc, "0.000"), Number(live.RocAuc, "0.000"));
    }

    private static string Ended(BacktestGroup group) =>
        $"{group.Cycles:N0}: {group.Accepted:N0} accepted, {group.Rejected:N0} rejected, {group.Opportunity:N0} with an opportunity, {group.Won:N0} won, "
        + $"{group.NeverHandedOff:N0} never handed off";

    private static string Rules(BacktestReport report, RuleVerdict verdict)
    {
        var names = report.Rules.Where(r => r.Verdict == verdict).Select(r => r.PointsAgree == false ? $"{r.Rule} (against its points)" : r.Rule).ToList();
        var title = verdict switch
        {
            RuleVerdict.Informative => "Rules that carry information",
            RuleVerdict.Noise => "Rules that are noise",
            RuleVerdict.Unclear => "Rules that may be either",
            _ => "Rules with too little data",
        };
        return $"{title}: {(names.Count == 0 ? "none" : string.Join(", ", names))}.";
    }

    private static string Grades(BacktestActivation activation) =>
        string.Join(", ", activation.WouldCrossByGrade.Select(g => $"{g.Grade} {g.Leads.ToString("N0", CultureInfo.InvariantCulture)}"));

    private static string Row(string title, string draft, string live) => $"{title,-24}{draft,12}{live,12}".TrimEnd();

    private static string Day(DateTimeOffset at) => at.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Whole(long? value) => value?.ToString("N0", CultureInfo.InvariantCulture) ?? "-";

    private static string Number(double? value, string format = "0.##") => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";

    private static string Signed(double value) => value.ToString("+0.#;-0.#;0", CultureInfo.InvariantCulture);

    private static string Share(double? value) => value is { } share ? $"{(share * 100).ToString("0.#", CultureInfo.InvariantCulture)} %" : "-";
}
