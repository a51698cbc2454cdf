using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Engagements;

/// <summary>An engagement as a producer posted it, checked and normalised.</summary>
/// <param name="Fact">Occurred when the producer says; the decision bounds it by our clock.</param>
/// <param name="LeadId">Stated lead id, or null.</param>
/// <param name="Identities">Other stated identities, strongest first, each kind at most once.</param>
public sealed record PostedEngagement(EngagementRecorded Fact, Guid? LeadId, IReadOnlyList<Identity> Identities);

/// <summary>One item of a body: either an engagement or why it is refused.</summary>
public readonly record struct ReadEngagement(PostedEngagement? Engagement, Refusal? Refusal);
