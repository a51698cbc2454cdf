using LeadScoring.Contracts;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using DomainStage = LeadScoring.Domain.Leads.Stage;

namespace LeadScoring.Host.Leads;

/// <summary>A lead as the wire shows it. Pure: the same row, model and instant give the same view.</summary>
public static class LeadViews
{
    /// <summary>Attributes that lists show beside the e-mail.</summary>
    public const string NameAttribute = "name";

    public const string CompanyAttribute = "company";

    /// <summary>The lead with its exact score at an instant, which is never before the lead's latest fact.</summary>
    /// <param name="row">Its score must be able to answer (<see cref="ScoreState.CanAnswer"/>).</param>
    public static LeadSummary Summary(LeadDocument row, ScoringModel model, DateTimeOffset at) =>
        Summary(row, model, row.ScoreAt(at, model), row.Lead.ClockAt(at));

    /// <summary>The lead with a score computed elsewhere, e.g. the one its row stores.</summary>
    /// <param name="score">EngagementScore, unrounded, at <paramref name="scoreAsOf"/>.</param>
    public static LeadSummary Summary(LeadDocument row, ScoringModel model, double score, DateTimeOffset scoreAsOf)
    {
        var lead = row.Lead;
        var fit = model.FitOf(lead.Attributes);
        var grade = model.GradeOf(fit);
        return new(
            lead.Id,
            (Contracts.Stage)lead.Stage,
            lead.Cycle,
            Explanation.ScoreShown(score),
            scoreAsOf.ToUniversalTime(),
            (Contracts.Grade)grade,
            Explanation.ScoreShown(fit),
            Rating(grade, score),
            FirstEmail(lead),
            AttributeText(lead, NameAttribute),
            AttributeText(lead, CompanyAttribute),
            lead.Owner,
            lead.Engagements.LastAt?.ToUniversalTime(),
            lead.Stage == DomainStage.MarketingQualified ? lead.Handoff?.AcceptanceDueAt.ToUniversalTime() : null,
            row.UpdatedAt.ToUniversalTime(),
            lead.Version);
    }

    /// <summary>Grade and whole score, rounded half up: <c>A 87</c>.</summary>
    public static string Rating(Domain.Scoring.Grade grade, double score) => $"{grade} {Math.Floor((decimal)score + 0.5m)}";

    private static string? FirstEmail(Lead lead)
    {
        foreach (var identity in lead.Identities)
        {
            if (identity.Kind == Domain.Identities.IdentityKind.Email) return identity.Value;
        }

        return null;
    }

    /// <summary>As text, whatever its kind; null: not known.</summary>
    public static string? AttributeText(Lead lead, string name) =>
        lead.Attributes.TryGetValue(name, out var value) ? value.ToString() : null;
}
