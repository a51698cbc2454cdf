using System.Text.Json.Serialization;
using LeadScoring.Contracts;
using LeadScoring.EventStore.Events;

namespace LeadScoring.Host.Subscriptions;

/// <summary>A subscription no longer gets events.</summary>
public sealed record SubscriptionDisabled(Guid SubscriptionId, SubscriptionDisabledReason Reason, DateTimeOffset At);

/// <summary>The events of a subscription's stream, whose id is the subscription's: their frozen names.</summary>
public static class SubscriptionEvents
{
    public static IReadOnlyList<EventType> Types { get; } =
        [EventType.Current("subscription_disabled", SubscriptionEventJson.Default.SubscriptionDisabled)];
}

/// <summary>Bodies of the events in a subscription's stream: PascalCase, codes as texts.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(SubscriptionDisabled))]
public sealed partial class SubscriptionEventJson : JsonSerializerContext;
