using LeadScoring.Domain.Statistics;

namespace LeadScoring.Domain.Scoring.Suggestions;

/// <summary>One handoff whose outcome is known, with what the rules had counted at its instant.</summary>
/// <param name="Features">By <see cref="RuleColumns"/>.</param>
/// <param name="IsPositive">It had the outcome.</param>
public sealed record OutcomeSample(Guid LeadId, int Cycle, IReadOnlyList<Feature> Features, bool IsPositive);
