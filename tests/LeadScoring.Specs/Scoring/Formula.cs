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
        IEnumerable<EngagementRecorded> history, ScoringModel model, DateTimeOffset at, DateTimeOffset? countFrom = null)
    {
        var engagements = history.Where(e => e.OccurredAt <= at).ToList();
        var total = model.Rules.Sum(rule => OfRule(engagements.Where(e => e.Type == rule.Type), rule, at, countFrom));
        return Math.Min(model.Ceiling, Math.Max(model.Floor, total));
    }

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
