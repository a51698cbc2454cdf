using LeadScoring.Contracts;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Host.Scoring;

/// <summary>An explanation as the wire shows it.</summary>
public static class ScoreViews
{
    /// <param name="lead">The lead at the explanation's instant: its attributes give the fit.</param>
    public static ScoreExplanation View(Lead lead, Explanation explanation, ScoringModel model)
    {
        var fit = model.FitOf(lead.Attributes);
        return new(
            lead.Id,
            explanation.Score,
            explanation.At.ToUniversalTime(),
            model.Version,
            model.Id,
            (Contracts.Grade)model.GradeOf(fit),
            Explanation.ScoreShown(fit),
            RuleTotals(explanation),
            [.. model.FitRules.Where(r => r.When.All(p => p.Holds(lead.Attributes))).Select(r => new FitLine(r.Name, r.Points))],
            [.. explanation.Lines.Select(l => Line(l, model))]);
    }

    /// <summary>Largest magnitude first.</summary>
    private static ScoreRuleTotal[] RuleTotals(Explanation explanation) =>
    [
        .. explanation.Lines
            .Where(l => l is { Rule: not null, Kind: LineKind.Counted or LineKind.CapCorrection })
            .GroupBy(l => l.Rule!)
            .Select(g => new ScoreRuleTotal(g.Key, g.Sum(l => l.Points), g.Count(l => l.Kind == LineKind.Counted)))
            .OrderByDescending(t => Math.Abs(t.Points)).ThenBy(t => t.Rule, StringComparer.Ordinal),
    ];

    private static ScoreLine Line(ExplanationLine line, ScoringModel model) => new(
        (ScoreLineKind)line.Kind,
        line.Rule,
        line.Points,
        line is { Kind: LineKind.Counted, Rule: { } rule } ? model.RuleNamed(rule).Points : null,
        line.Engagement?.Type,
        line.Engagement?.Source,
        line.Engagement?.Id,
        line.Engagement?.OccurredAt.ToUniversalTime(),
        line.Engagement?.Campaign,
        line.Engagement?.Asset,
        line.Engagement?.Product);
}
