using System.Text.Json.Serialization;
using LeadScoring.Contracts;

namespace LeadScoring.Host.Http;

/// <summary>Every body that comes in or goes out: camelCase, nulls left out, nothing unknown taken.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(Engagement))]
[JsonSerializable(typeof(EngagementBatch))]
[JsonSerializable(typeof(EngagementReceipt))]
[JsonSerializable(typeof(EngagementBatchReceipt))]
[JsonSerializable(typeof(LeadPage))]
[JsonSerializable(typeof(LeadView))]
[JsonSerializable(typeof(LeadSummary))]
[JsonSerializable(typeof(ScoreExplanation))]
[JsonSerializable(typeof(LeadTimeline))]
[JsonSerializable(typeof(LeadLookup))]
[JsonSerializable(typeof(AttributesPatch))]
[JsonSerializable(typeof(QualifyRequest))]
[JsonSerializable(typeof(DeclineRequest))]
[JsonSerializable(typeof(AcceptRequest))]
[JsonSerializable(typeof(RejectRequest))]
[JsonSerializable(typeof(RecycleRequest))]
[JsonSerializable(typeof(DisqualifyRequest))]
[JsonSerializable(typeof(ReinstateRequest))]
[JsonSerializable(typeof(OpportunityRequest))]
[JsonSerializable(typeof(OpportunityLostRequest))]
[JsonSerializable(typeof(CommandReceipt))]
[JsonSerializable(typeof(ScoringModelView))]
[JsonSerializable(typeof(BacktestRequest))]
[JsonSerializable(typeof(BacktestReport))]
[JsonSerializable(typeof(FeedPageView))]
[JsonSerializable(typeof(BusinessHours))]
[JsonSerializable(typeof(NurtureCadence))]
[JsonSerializable(typeof(TenantView))]
[JsonSerializable(typeof(TenantList))]
[JsonSerializable(typeof(CreateTenantRequest))]
[JsonSerializable(typeof(ApiKeyView))]
[JsonSerializable(typeof(ApiKeyList))]
[JsonSerializable(typeof(CreateApiKeyRequest))]
[JsonSerializable(typeof(CreatedApiKey))]
[JsonSerializable(typeof(CreateSubscriptionRequest))]
[JsonSerializable(typeof(PatchSubscriptionRequest))]
[JsonSerializable(typeof(SubscriptionView))]
[JsonSerializable(typeof(SubscriptionPage))]
[JsonSerializable(typeof(CreatedSubscription))]
[JsonSerializable(typeof(RotateSecretRequest))]
[JsonSerializable(typeof(RotatedSecret))]
[JsonSerializable(typeof(TestResult))]
[JsonSerializable(typeof(DeliveryView))]
[JsonSerializable(typeof(DeliveryPage))]
[JsonSerializable(typeof(ResendRequest))]
[JsonSerializable(typeof(ResendReceipt))]
[JsonSerializable(typeof(Problem))]
public sealed partial class WireJson : JsonSerializerContext;
