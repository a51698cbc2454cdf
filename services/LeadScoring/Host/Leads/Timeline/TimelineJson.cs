using System.Text.Json;
using System.Text.Json.Serialization;
using LeadScoring.Contracts;
using LeadScoring.Domain.Leads;

namespace LeadScoring.Host.Leads.Timeline;

/// <summary>Bodies of a lead's events as the wire shows them: camelCase, nulls left out, codes in snake_case.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters =
    [
        typeof(SnakeCaseEnum<Domain.Identities.IdentityKind>),
        typeof(SnakeCaseEnum<Domain.Qualification.QualificationReason>),
        typeof(SnakeCaseEnum<Domain.Qualification.RejectionReason>),
        typeof(SnakeCaseEnum<Domain.Qualification.DisqualificationReason>),
        typeof(SnakeCaseEnum<Domain.Qualification.RecycleReason>),
        typeof(SnakeCaseEnum<Domain.Qualification.LossReason>),
        typeof(SnakeCaseEnum<NurtureEndReason>),
        typeof(JsonStringEnumConverter<Domain.Scoring.Grade>),
    ])]
[JsonSerializable(typeof(LeadCaptured))]
[JsonSerializable(typeof(IdentityLinked))]
[JsonSerializable(typeof(IdentityConflictFound))]
[JsonSerializable(typeof(AttributesChanged))]
[JsonSerializable(typeof(EngagementRecorded))]
[JsonSerializable(typeof(AutomationQualified))]
[JsonSerializable(typeof(MarketingQualified))]
[JsonSerializable(typeof(MarketingDeclined))]
[JsonSerializable(typeof(SalesAccepted))]
[JsonSerializable(typeof(SalesRejected))]
[JsonSerializable(typeof(LeadRecycled))]
[JsonSerializable(typeof(LeadDisqualified))]
[JsonSerializable(typeof(LeadReinstated))]
[JsonSerializable(typeof(OpportunityOpened))]
[JsonSerializable(typeof(OpportunityWon))]
[JsonSerializable(typeof(OpportunityLost))]
[JsonSerializable(typeof(AcceptanceDueSoon))]
[JsonSerializable(typeof(AcceptanceOverdue))]
[JsonSerializable(typeof(NurtureStarted))]
[JsonSerializable(typeof(NurtureStepDue))]
[JsonSerializable(typeof(NurtureEnded))]
[JsonSerializable(typeof(NurtureResumed))]
[JsonSerializable(typeof(ModelCrossed))]
[JsonSerializable(typeof(ModelCrossingDropped))]
[JsonSerializable(typeof(EngagementRetracted))]
[JsonSerializable(typeof(EngagementRestored))]
[JsonSerializable(typeof(EvidenceRetracted))]
public sealed partial class TimelineJson : JsonSerializerContext
{
    public static JsonElement Write(LeadEvent fact) => JsonSerializer.SerializeToElement(fact, fact.GetType(), Default);
}
