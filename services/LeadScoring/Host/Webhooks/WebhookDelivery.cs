using System.Globalization;
using System.Text.Json.Serialization;
using JasperFx;
using LeadScoring.Contracts;
using LeadScoring.Host.Events;

namespace LeadScoring.Host.Webhooks;

/// <summary>
/// What is stored of one event for one subscription. Beyond the subscription's progress there may be some already: they were done
/// out of order.
/// </summary>
public sealed record WebhookDelivery : IRevisioned
{
    /// <summary><see cref="IdOf"/>.</summary>
    public required string Id { get; init; }

    [JsonIgnore]
    public string TenantId { get; set; } = "";

    public int Version { get; set; }

    public required Guid SubscriptionId { get; init; }

    /// <summary>Of the event in the tenant's feed.</summary>
    public required long Position { get; init; }

    /// <summary>What it must stay in order with.</summary>
    public required Guid Subject { get; init; }

    public required DeliveryStatus Status { get; init; }

    /// <summary>Made so far.</summary>
    public int Attempts { get; init; }

    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>The latest one; null: there was none.</summary>
    public AttemptOutcome? LastAttempt { get; init; }

    /// <summary>When it was delivered or given up; null: it is still to be sent.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    [JsonIgnore]
    public StreamKey Subscription => new(TenantId, SubscriptionId);

    public static string IdOf(Guid subscriptionId, long position) => string.Create(CultureInfo.InvariantCulture, $"{subscriptionId}/{position}");

    internal static WebhookDelivery Of(StreamKey subscription, Delivery delivery, DeliveryStatus status, AttemptOutcome? lastAttempt = null) => new()
    {
        Id = IdOf(subscription.StreamId, delivery.Position),
        TenantId = subscription.TenantId,
        SubscriptionId = subscription.StreamId,
        Position = delivery.Position,
        Subject = delivery.Subject,
        Status = status,
        Attempts = delivery.Attempts,
        LastAttempt = lastAttempt,
    };

    /// <summary>One that was finished begins its retries anew.</summary>
    internal WebhookDelivery DueAgain(DateTimeOffset now) => this with
    {
        Status = DeliveryStatus.Pending,
        Attempts = Status == DeliveryStatus.Pending ? Attempts : 0,
        LastAttempt = LastAttempt is null ? null : LastAttempt with { RetryAfterSeconds = null },
        NextAttemptAt = now,
        FinishedAt = null,
    };
}
