using LeadScoring.Host.Subscriptions;

namespace LeadScoring.Host.Webhooks;

/// <summary>A subscription as whoever delivers finds it.</summary>
/// <param name="Head">The last position of its tenant's feed.</param>
/// <param name="Held">Unfinished deliveries by position, at most <see cref="DispatchBounds.HeldMax"/>.</param>
/// <param name="HasMoreHeld">There are more.</param>
/// <param name="StoredAhead">Finished positions beyond the progress.</param>
internal sealed record LoadedSubscription(
    WebhookSubscription Subscription,
    SubscriptionProgress Progress,
    long Head,
    IReadOnlyList<HeldDelivery> Held,
    bool HasMoreHeld,
    IReadOnlyList<long> StoredAhead);

internal readonly record struct HeldDelivery(long Position, Guid Subject, int Attempts, DateTimeOffset DueAt, bool IsAskedFor);
