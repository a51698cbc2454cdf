using LeadScoring.Domain.Scoring;

namespace LeadScoring.Domain.Qualification;

/// <summary>What a decision may know besides the lead itself.</summary>
/// <param name="Now">The instant of the decision.</param>
/// <param name="Model">The active model.</param>
public sealed record Facts(DateTimeOffset Now, ScoringModel Model);
