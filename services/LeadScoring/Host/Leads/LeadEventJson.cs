using System.Text.Json.Serialization;
using LeadScoring.Domain.Leads;

namespace LeadScoring.Host.Leads;

/// <summary>Bodies of the events in a lead's stream: PascalCase, nulls left out, codes as texts.</summary>
[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
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
public sealed partial class LeadEventJson : JsonSerializerContext;
