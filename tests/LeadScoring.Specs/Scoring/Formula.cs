using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Specs.Scoring;

/// <summary>
/// The score as its definition is written down, without state, order or speed: what the real thing is held against.
/// For models whose rules have no conditions.
/// </summary>
public static class Formula
{
    /// <param name="countFrom">Only what occurred after this counts; null: everything.</param>
    public static double Score(
        IEnumerable<EngagementRecorded> history, ScoringModel model, DateTimeOffset at, DateTimeOffset? countFrom = null) =>
        Score(EngagementHistory.Of(history), model, at, countFrom);

    /// <inheritdoc cref="Score(IEnumerable{EngagementRecorded}, ScoringModel, DateTimeOffset, DateTimeOffset?)"/>
    public static double Score(EngagementHistory history, ScoringModel model, DateTimeOffset at, DateTimeOffset? countFrom = null)
    {
        var occurred = history.Counted.Where(e => e.OccurredAt <= at).ToList();
        var engagements = occurred.Where(e => history.IsVouchedFor(e) || !IsSuspected(e, occurred, model.ClickBurst)).ToList();
        var total = model.Rules.Sum(rule => OfRule(engagements.Where(e => e.Type == rule.Type), rule, at, countFrom));
        return Math.Min(model.Ceiling, Math.Max(model.Floor, total));
    }

    /// <summary>As a person would look for it: in every window that holds the click, and at every delivery before it.</summary>
    public static bool IsSuspected(EngagementRecorded click, IReadOnlyList<EngagementRecorded> occurred, ClickBurst? burst)
    {
        if (burst is null || !burst.Types.Contains(click.Type)) return false;
        var clicks = occurred.Where(e => burst.Types.Contains(e.Type)).ToList();
        return clicks.Any(first => IsWithin(first, click, burst.Within) && clicks.Count(e => IsWithin(first, e, burst.Within)) >= burst.Count)
            || occurred.Any(e => e.Type == burst.DeliveredType
                && IsWithin(e, click, burst.DeliveredWithin)
                && (e.Asset is null || click.Asset is null || e.Asset == click.Asset));
    }

    private static bool IsWithin(EngagementRecorded earlier, EngagementRecorded later, TimeSpan span) =>
        later.OccurredAt >= earlier.OccurredAt && later.OccurredAt - earlier.OccurredAt <= span;

    private static double OfRule(IEnumerable<EngagementRecorded> history, Rule rule, DateTimeOffset at, DateTimeOffset? countFrom)
    {
        var admitted = history.GroupBy(e => e.OccurredAt.UtcDateTime.Date)
            .SelectMany(day => day.OrderBy(e => e.OccurredAt).ThenBy(e => e.Id, StringComparer.Ordinal)
                .Take(rule.MaxPerDay ?? int.MaxValue));
        var sum = admitted.Where(e => countFrom is null || e.OccurredAt > countFrom)
            .Sum(e => rule.Points * Left(at - e.OccurredAt, rule));
        return rule.Cap is { } cap ? Math.Sign(sum) * Math.Min(Math.Abs(sum), cap) : sum;
    }

    private static double Left(TimeSpan age, Rule rule) =>
        rule.HalfLifeDays is { } days ? Math.Pow(0.5, age.TotalDays / days) : 1;
}
