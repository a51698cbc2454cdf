using System.Text.Json.Serialization;
using LeadScoring.Domain.Subscriptions;
using LeadScoring.EventStore.Events;

namespace LeadScoring.Host.Subscriptions;

/// <summary>The events of a subscription's stream: their frozen names.</summary>
public static class SubscriptionEvents
{
    public const string StreamType = "subscription";

    public static IReadOnlyList<EventType> Types { get; } =
        [EventType.Current("subscription_disabled", SubscriptionEventJson.Default.SubscriptionDisabled)];
}

/// <summary>Bodies of the events in a subscription's stream: PascalCase, codes as texts.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(SubscriptionDisabled))]
public sealed partial class SubscriptionEventJson : JsonSerializerContext;
