using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Host.Leads;

/// <summary>A lead as its row holds it.</summary>
/// <param name="UpdatedAt">When its latest event was stored.</param>
public sealed record LeadRow(string TenantId, Lead Lead, DateTimeOffset UpdatedAt)
{
    /// <summary>The exact score of an instant; an instant before the lead's latest fact is that fact's.</summary>
    public double ScoreAt(DateTimeOffset at, ScoringModel model) => Lead.Score.At(Lead.ClockAt(at), model);
}
