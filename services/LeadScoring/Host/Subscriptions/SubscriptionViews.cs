using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Broker;

namespace LeadScoring.Host.Subscriptions;

internal static class SubscriptionViews
{
    public static SubscriptionView View(SubscriptionFacts facts, DateTimeOffset now)
    {
        var (row, progress) = (facts.Row, facts.Progress.Since(facts.Row.TriedSince));
        return new(
            SubscriptionKind.Webhook,
            row.Key.StreamId,
            row.Url,
            row.EventTypes,
            row.Description,
            row.Enabled,
            StateOf(row, progress),
            row.DisabledReason,
            row.DisabledAt,
            progress.Position,
            Math.Max(0, facts.Head - progress.Position),
            facts.Pending,
            progress.FailingSince,
            progress.LastSuccessAt,
            progress.LastError,
            row.FormerSecretUntil > now ? row.FormerSecretUntil : null,
            row.CreatedAt,
            row.UpdatedAt);
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

    private static SubscriptionState StateOf(SubscriptionRow row, SubscriptionProgress progress)
    {
        if (!row.Enabled) return SubscriptionState.Disabled;
        return progress.FailingSince is null ? SubscriptionState.Active : SubscriptionState.Failing;
    }
}
