using System.Text.Json;
using System.Text.Json.Serialization;
using LeadScoring.Contracts;

namespace LeadScoring.Host.Feed;

/// <summary>The <c>data</c> of published events: camelCase, nulls left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LeadAutomationQualifiedV1))]
[JsonSerializable(typeof(LeadMarketingQualifiedV1))]
[JsonSerializable(typeof(LeadSalesAcceptedV1))]
[JsonSerializable(typeof(LeadSalesRejectedV1))]
[JsonSerializable(typeof(LeadRecycledV1))]
[JsonSerializable(typeof(LeadDisqualifiedV1))]
[JsonSerializable(typeof(LeadReinstatedV1))]
[JsonSerializable(typeof(LeadAcceptanceV1))]
[JsonSerializable(typeof(LeadEvidenceRetractedV1))]
[JsonSerializable(typeof(OpportunityOpenedV1))]
[JsonSerializable(typeof(OpportunityWonV1))]
[JsonSerializable(typeof(OpportunityLostV1))]
[JsonSerializable(typeof(NurtureStepDueV1))]
[JsonSerializable(typeof(SubscriptionDisabledV1))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(double))]
[JsonSerializable(typeof(bool))]
public sealed partial class FeedJson : JsonSerializerContext;
