using LeadScoring.Contracts;
using LeadScoring.Domain.Backtests;
using LeadScoring.Domain.Scoring;
using Grade = LeadScoring.Contracts.Grade;
using ReviewMode = LeadScoring.Contracts.ReviewMode;
using Stage = LeadScoring.Contracts.Stage;

namespace LeadScoring.Host.Backtests.Reporting;

/// <summary>Writes what was found as the report people read.</summary>
internal static class BacktestReports
{
    private const int ListedMax = 1_000;

    public static BacktestReport Of(
        ModelPair models, ThresholdGrid grid, Findings findings, BacktestTotals totals, BacktestRequest request, long end, DateTimeOffset asOf, CancellationToken ct)
    {
        var cycles = findings.Cycles();
        var period = PeriodOf(request, totals, asOf);
        var draft = new Side(models.Draft, static c => c.Draft, static h => h.DraftScore, static h => h.Fit.DraftFit);
        var live = new Side(models.Live, static c => c.Live, static h => h.LiveScore, static h => h.Fit.LiveFit);
        var handedOff = cycles.Where(c => findings.IsWithin(c.Handoff?.At ?? 0)).ToList();
        var weeks = new WeeklyCounts(period, cycles, findings);
        var (draftQuality, liveQuality) = (QualityReport.Of(handedOff, draft, ct), QualityReport.Of(handedOff, live, ct));
        var rules = RuleReport.Of(models.Draft, handedOff, ct);
        return new(
            end,
            asOf,
            period,
            ModelOf(draft, cycles, findings),
            ModelOf(live, cycles, findings),
            totals.Events,
            totals.Engagements,
            findings.Leads,
            weeks.Weeks,
            weeks.Workload(request.CapacityPerWeek),
            GroupReport.Of(cycles, findings),
            TimingReport.Of(cycles.Where(c => findings.IsWithin(c.Draft.At) || findings.IsWithin(c.Live.At))),
            draftQuality,
            liveQuality,
            FidelityOf(cycles, findings),
            rules,
            ThresholdReport.Of(grid, findings.QualifiedByThreshold(), handedOff, WeeklyCounts.MeanOver(period), request),
            ActivationOf(findings, asOf),
            Listed(cycles.Where(c => !c.Live.Happened && findings.IsWithin(c.Draft.At)), draft),
            Listed(cycles.Where(c => !c.Draft.Happened && findings.IsWithin(c.Live.At)), live),
            Notes(models, cycles, handedOff, findings));
    }

    /// <summary>
    /// As asked, without the time before the first and after the last event of a lead: a mean a week is over weeks in which anything
    /// could happen.
    /// </summary>
    private static BacktestPeriod PeriodOf(BacktestRequest request, BacktestTotals totals, DateTimeOffset asOf)
    {
        var first = totals.FirstAt ?? asOf;
        var last = (totals.LastAt ?? asOf).AddMicroseconds(1); // The end is excluded, the last event is not.
        var from = request.From > first ? request.From.Value.ToUniversalTime() : first;
        var to = request.To < last ? request.To.Value.ToUniversalTime() : last;
        if (totals.FirstAt is null || to <= from) return new(from, from, 0);
        return new(from, to, Figures.Shown((to - from).TotalDays / WeeklyCounts.Days));
    }

    private static BacktestModel ModelOf(Side side, IReadOnlyList<CycleRecord> cycles, Findings findings)
    {
        var qualified = cycles.Where(c => findings.IsWithin(side.Crossing(c).At)).ToList();
        return new(
            side.Model.Version,
            side.Model.Id,
            side.Model.Name,
            side.Model.Threshold,
            (Grade)side.Model.MinimumGrade,
            (ReviewMode)side.Model.Review,
            qualified.Count,
            qualified.DistinctBy(c => c.LeadId).Count());
    }

    private static BacktestFidelity FidelityOf(IReadOnlyList<CycleRecord> cycles, Findings findings)
    {
        var decided = cycles.Where(c => findings.IsWithin(c.DecidedAt)).ToList();
        return new(decided.Count, decided.Count(c => c.Live.At == c.DecidedAt));
    }

    private static BacktestActivation ActivationOf(Findings findings, DateTimeOffset asOf) => new(
        asOf,
        findings.Inquiry,
        findings.WouldCross.Sum(),
        [.. Enum.GetValues<Grade>().Select(g => new GradeCount(g, findings.WouldCross[(int)g]))],
        findings.WouldNotReach,
        [.. Enum.GetValues<Stage>().Select(s => new StageCount(s, findings.Untouched[(int)s]))],
        [.. findings.Crossing.Select(c => new CrossingLead(c.LeadId, (double)Explanation.ScoreShown(c.Score), (Grade)c.Grade))]);

    private static BacktestLead[] Listed(IEnumerable<CycleRecord> cycles, Side side) =>
    [
        .. cycles.OrderBy(c => side.Crossing(c).At).ThenBy(c => c.LeadId).Take(ListedMax).Select(c => new BacktestLead(
            c.LeadId,
            c.Cycle,
            Figures.Instant(side.Crossing(c).At),
            (double)Explanation.ScoreShown(side.Crossing(c).Score),
            (Grade)side.Crossing(c).Grade,
            GroupReport.OutcomeOf(c))),
    ];

    private static List<string> Notes(
        ModelPair models, IReadOnlyList<CycleRecord> cycles, IReadOnlyList<CycleRecord> handedOff, Findings findings)
    {
        var notes = new List<string>
        {
            "Outcomes exist only of leads that were handed to sales, and the models of that time chose them: precision and recall are measured on these.",
            "Handoffs that sales has not answered, or that were taken back before it did, and accepted leads whose story has not ended, are left out of the rates they could still change.",
            "A rule looked at alone misleads where handoffs are chosen by score: a lead with one thing needed less of the others. Judge rules by z, which holds the others equal.",
        };
        var draftOnly = cycles.Count(c => !c.Live.Happened && findings.IsWithin(c.Draft.At));
        var unseen = cycles.Count(c => !c.Live.Happened && findings.IsWithin(c.Draft.At) && c.Handoff is null);
        if (unseen > 0) notes.Add($"Of {draftOnly} cycles that only the draft qualifies, {unseen} were never handed off: how they would have ended nobody knows.");
        if (AfterAnswer(cycles.Where(c => !c.Live.Happened), c => c.Draft, findings) is > 0 and var draftLate) notes.Add(LateNote(draftLate, "draft"));
        if (AfterAnswer(cycles.Where(c => !c.Draft.Happened), c => c.Live, findings) is > 0 and var liveLate) notes.Add(LateNote(liveLate, "live model"));
        if (models.Draft.CoolDown != models.Live.CoolDown)
        {
            notes.Add("Where a cycle ended with the cool-down of the live model, the draft rests the lead as long as it says itself; other dates were given by people, or by other models, and stay.");
        }

        if (handedOff.Count > RuleReport.SamplesMax) notes.Add($"Rules are judged by {RuleReport.SamplesMax} of {handedOff.Count} handoffs, evenly chosen.");
        return notes;
    }

    private static int AfterAnswer(IEnumerable<CycleRecord> cycles, Func<CycleRecord, Crossing> crossing, Findings findings) =>
        cycles.Count(c => findings.IsWithin(crossing(c).At) && KnownOutcome.Accepted(c) is not null && crossing(c).At > c.AnsweredAt);

    private static string LateNote(int cycles, string model) =>
        $"Of the cycles that only the {model} qualifies, {cycles} it qualifies after sales had answered: how these ended is no merit of it.";
}

/// <summary>What of a cycle belongs to one of the two models.</summary>
internal sealed record Side(
    ScoringModel Model, Func<CycleRecord, Crossing> Crossing, Func<HandoffSnapshot, double> Score, Func<HandoffSnapshot, double> Fit);
