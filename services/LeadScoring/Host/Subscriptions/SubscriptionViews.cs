using LeadScoring.Contracts;

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

    private static SubscriptionState StateOf(SubscriptionRow row, SubscriptionProgress progress)
    {
        if (!row.Enabled) return SubscriptionState.Disabled;
        return progress.FailingSince is null ? SubscriptionState.Active : SubscriptionState.Failing;
    }
}
