using LeadScoring.Contracts;
using LeadScoring.Host.Events;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Storage;
using LeadScoring.Host.Webhooks;
using Marten;

namespace LeadScoring.Host.Subscriptions;

public enum ResendOutcome
{
    Due,
    NotFound,

    /// <summary>An earlier event of the lead has to go first.</summary>
    Waits,
}

/// <summary>What became of events for subscriptions, and sending them again.</summary>
public sealed class DeliveryHistory(IDocumentStore documents, TimeProvider clock)
{
    /// <summary>Deliveries one call makes due.</summary>
    public const int ResentMax = 1_000;

    /// <summary>The latest position first.</summary>
    /// <param name="before">Only positions below it; null: all.</param>
    public async Task<IReadOnlyList<DeliveryView>> ListAsync(
        StreamKey subscription, DeliveryStatus? status, long? before, int limit, CancellationToken ct)
    {
        await using var session = documents.QuerySession(subscription.TenantId);
        var deliveries = session.Query<WebhookDelivery>().Where(d => d.SubscriptionId == subscription.StreamId);
        if (status is { } wanted) deliveries = deliveries.Where(d => d.Status == wanted);
        if (before is { } position) deliveries = deliveries.Where(d => d.Position < position);
        return await ViewsAsync(session, await deliveries.OrderByDescending(d => d.Position).Take(limit).ToListAsync(ct), ct);
    }

    /// <summary>Makes one due now, whatever became of it. One that was finished begins its retries anew.</summary>
    public async Task<(ResendOutcome Outcome, DeliveryView? Delivery)> ResendAsync(StreamKey subscription, long position, CancellationToken ct)
    {
        var (now, id) = (clock.GetUtcNow(), WebhookDelivery.IdOf(subscription.StreamId, position));
        var due = await documents.ChangeAsync<WebhookDelivery>(
            subscription.TenantId, id, d => d.Status == DeliveryStatus.Waiting ? null : d.DueAgain(now), ct, session => Touch(session, subscription));
        await using var session = documents.QuerySession(subscription.TenantId);
        if ((due ?? await session.LoadAsync<WebhookDelivery>(id, ct)) is not { } delivery) return (ResendOutcome.NotFound, null);
        return (due is null ? ResendOutcome.Waits : ResendOutcome.Due, (await ViewsAsync(session, [delivery], ct))[0]);
    }

    /// <summary>Makes due what was given up at or after an instant, the earliest positions first.</summary>
    public Task<ResendReceipt> ResendFailedAsync(StreamKey subscription, DateTimeOffset since, CancellationToken ct) => documents.ChangeAsync(
        subscription.TenantId,
        async session =>
        {
            var from = since.ToUniversalTime();
            var failed = await session.Query<WebhookDelivery>()
                .Where(d => d.SubscriptionId == subscription.StreamId && d.Status == DeliveryStatus.Failed && d.FinishedAt >= from)
                .OrderBy(d => d.Position)
                .Take(ResentMax)
                .ToListAsync(ct);
            var now = clock.GetUtcNow();
            foreach (var delivery in failed) session.UpdateRevision(delivery.DueAgain(now), delivery.Version + 1L);
            if (failed.Count > 0) Touch(session, subscription);
            return new ResendReceipt(failed.Count, More: failed.Count == ResentMax);
        },
        ct);

    /// <summary>A new version of the subscription, as it is: by it whoever delivers notices.</summary>
    private static void Touch(IDocumentSession session, StreamKey subscription) => session.QueueSqlCommand(
        "update mt_doc_webhook_subscription set mt_version = mt_version + 1 where tenant_id = ? and id = ?", subscription.TenantId, subscription.StreamId);

    private static async Task<IReadOnlyList<DeliveryView>> ViewsAsync(IQuerySession session, IReadOnlyList<WebhookDelivery> deliveries, CancellationToken ct)
    {
        var published = (await session.LoadManyAsync<FeedEntry>(ct, [.. deliveries.Select(d => d.Position)])).ToDictionary(e => e.Position);
        return [.. deliveries.Select(d => View(d, published[d.Position]))];
    }

    private static DeliveryView View(WebhookDelivery delivery, FeedEntry published) => new(
        delivery.Position,
        published.EventId,
        published.Type,
        delivery.Subject,
        delivery.Status,
        delivery.Attempts,
        delivery.LastAttemptAt,
        delivery.LatencyMs,
        delivery.StatusCode,
        delivery.Answer,
        delivery.Error,
        delivery.RetryAfterSeconds,
        delivery.NextAttemptAt,
        delivery.FinishedAt);
}
