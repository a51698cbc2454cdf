using LeadScoring.Domain.Scoring;

namespace LeadScoring.Domain.Qualification;

/// <summary>What the model said at the instant of a decision, kept for good.</summary>
/// <param name="Score">EngagementScore, unrounded, all cycles.</param>
/// <param name="QualifyingScore">The same from engagements of the current cycle only: what the threshold was held against.</param>
/// <param name="Fit">Fit points.</param>
/// <param name="ModelId">The exact model: version and fingerprint.</param>
/// <param name="Contributions">Points by rule, largest magnitude first, corrections included; they add up to the score.</param>
public sealed record Judgement(
    double Score, double QualifyingScore, double Fit, Grade Grade, string ModelId, IReadOnlyList<RuleContribution> Contributions)
{
    public static Judgement Of(Leads.Lead lead, ScoringModel model, DateTimeOffset at)
    {
        var fit = model.FitOf(lead.Attributes);
        return new(
            lead.Score.At(at, model), lead.Score.InCycleAt(at, model), fit, model.GradeOf(fit), model.Id, lead.Score.ByRule(at, model));
    }
}

/// <param name="Rule">A rule's name, or <c>floor</c> / <c>ceiling</c> for the clamp's correction.</param>
/// <param name="Points">Decayed, after the rule's cap.</param>
/// <param name="Engagements">How many engagements counted.</param>
public sealed record RuleContribution(string Rule, double Points, int Engagements);

/// <summary>What the lead has done so far, as sales sees it at the handoff.</summary>
public sealed record EngagementSummary(
    int Count,
    IReadOnlyDictionary<string, int> CountByType,
    DateTimeOffset? FirstAt,
    DateTimeOffset? LastAt,
    IReadOnlyList<string> Campaigns,
    IReadOnlyList<string> Products);
