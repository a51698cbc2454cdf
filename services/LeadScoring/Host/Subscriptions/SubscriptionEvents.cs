using System.Text.Json.Serialization;
using LeadScoring.Contracts;

namespace LeadScoring.Host.Subscriptions;

/// <summary>A subscription no longer gets events.</summary>
public sealed record SubscriptionDisabled(Guid SubscriptionId, SubscriptionDisabledReason Reason, DateTimeOffset At);

/// <summary>Bodies of the events in a subscription's stream: PascalCase, codes as texts.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(SubscriptionDisabled))]
public sealed partial class SubscriptionEventJson : JsonSerializerContext;
