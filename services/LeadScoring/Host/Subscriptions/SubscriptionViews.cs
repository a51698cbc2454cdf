using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Broker;

namespace LeadScoring.Host.Subscriptions;

internal static class SubscriptionViews
{
    public static SubscriptionView View(SubscriptionFacts facts, DateTimeOffset now)
    {
        var (subscription, progress) = (facts.Subscription, facts.Progress.Since(facts.Subscription.TriedSince));
        return new(
            SubscriptionKind.Webhook,
            subscription.Id,
            subscription.Url,
            subscription.EventTypes,
            subscription.ContentType,
            subscription.Description,
            subscription.Enabled,
            StateOf(subscription, progress),
            subscription.DisabledReason,
            subscription.DisabledAt,
            progress.Position,
            Math.Max(0, facts.Head - progress.Position),
            facts.Pending,
            progress.FailingSince,
            progress.LastSuccessAt,
            progress.LastError,
            subscription.FormerSecretUntil > now ? subscription.FormerSecretUntil : null,
            subscription.CreatedAt,
            subscription.UpdatedAt);
    }

    public static SubscriptionView View(BrokerStatus broker)
    {
        var isRunning = broker.State == BrokerState.Running;
        var state = JsonNamingPolicy.SnakeCaseLower.ConvertName(broker.State.ToString());
        return new(
            SubscriptionKind.Rabbitmq,
            Id: null,
            Url: null,
            EventTypes: null,
            SubscriptionRules.ContentTypes[0],
            broker.Exchange is null ? null : $"Exchange {broker.Exchange}",
            Enabled: true,
            isRunning ? SubscriptionState.Active : SubscriptionState.Failing,
            DisabledReason: null,
            DisabledAt: null,
            broker.Position,
            broker.Behind,
            Pending: 0,
            isRunning ? null : broker.Since,
            LastSuccessAt: null,
            isRunning ? null : state,
            FormerSecretUntil: null,
            CreatedAt: null,
            UpdatedAt: null);
    }

    private static SubscriptionState StateOf(WebhookSubscription subscription, SubscriptionProgress progress)
    {
        if (!subscription.Enabled) return SubscriptionState.Disabled;
        return progress.FailingSince is null ? SubscriptionState.Active : SubscriptionState.Failing;
    }
}
