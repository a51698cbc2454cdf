using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads.Listing;
using LeadScoring.Host.Storage;
using LeadScoring.Host.Webhooks;
using Marten;
using Microsoft.AspNetCore.Mvc;

namespace LeadScoring.Host.Subscriptions;

/// <summary><c>/v1/subscriptions/{subscriptionId}/deliveries</c>: what became of each event, and sending it again.</summary>
public static class DeliveryEndpoints
{
    /// <summary>Deliveries one call makes due.</summary>
    public const int ResentMax = 1_000;

    private const int LimitMax = 200;
    private const int LimitDefault = 50;

    private static readonly Dictionary<string, DeliveryStatus> Statuses =
        Enum.GetValues<DeliveryStatus>().ToDictionary(s => JsonNamingPolicy.SnakeCaseLower.ConvertName(s.ToString()));

    private static readonly Refusal DeliveryNotFound = new(
        404, "delivery_not_found", "The subscription has no delivery of this position, or no longer.");

    private static readonly Refusal Waits = new(
        409, "delivery_waits", "An earlier event of the same lead has to be delivered first; send that one again.");

    private static readonly Refusal Disabled = new(
        409, "subscription_disabled", "The subscription is disabled; enable it first, which makes everything held back due.");

    /// <param name="one">The route of a subscription.</param>
    internal static void MapDeliveries(this IEndpointRouteBuilder routes, string one)
    {
        routes.MapGet(one + "/deliveries", ListAsync).Produces<DeliveryPage>().Describe(
            "GetDeliveries", "List a subscription's deliveries",
            "The latest position first, with attempts, latency, status code and the first kilobyte of the answer. Finished ones are kept for "
            + "30 days unless the service is set otherwise. limit is 1 to 200, default 50.",
            400, 404);
        routes.MapPost(one + "/deliveries/{position:long}/resend", ResendOneAsync).Produces<DeliveryView>().Describe(
            "PostDeliveryResend", "Send one event again",
            "Whatever became of it; it is due within a second, with the same webhook-id. A finished one begins its retries anew.",
            404, 409);
        routes.MapPost(one + "/resend", ResendFailedAsync).Accepts<ResendRequest>("application/json").Produces<ResendReceipt>().Describe(
            "PostResend", "Send everything again that was given up",
            $"At or after failedSince; the earliest first, at most {ResentMax} a call: repeat it while more is true.",
            404, 409);
    }

    private static async Task<IResult> ListAsync(
        HttpContext http,
        Guid subscriptionId,
        [FromQuery(Name = "status")] string? status,
        [FromQuery(Name = "limit")] string? limit,
        [FromQuery(Name = "cursor")] string? cursor,
        IDocumentStore documents,
        TimeProvider clock,
        CancellationToken ct)
    {
        var (now, validation) = (clock.GetUtcNow(), new Validation());
        validation.KnownOnly(http.Request.Query, "status", "limit", "cursor");
        var wanted = validation.Code("status", status, Statuses);
        var most = validation.Whole("limit", limit, least: 1, LimitMax, LimitDefault);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        var list = $"deliveries {subscriptionId} {wanted}";
        var (before, refusal) = cursor is null ? (null, null) : PageCursor.Read(cursor, list, now);
        if (refusal is not null) return refusal.ToResult();

        await using var session = documents.QuerySession(http.Caller().TenantId);
        if (await session.FindAsync(subscriptionId, ct) is null) return SubscriptionEndpoints.NotFound.ToResult();
        var deliveries = session.Query<WebhookDelivery>().Where(d => d.SubscriptionId == subscriptionId);
        if (wanted is { } code) deliveries = deliveries.Where(d => d.Status == code);
        if (before is { SortKey: var position }) deliveries = deliveries.Where(d => d.Position < position);

        // One more than the page holds is asked for: it tells that there is a next page.
        var found = await deliveries.OrderByDescending(d => d.Position).Take(most + 1).ToListAsync(ct);
        var shown = found.Take(most).ToList();
        var next = found.Count > most ? new PageCursor(shown[^1].Position, subscriptionId).Write(list, now) : null;
        return TypedResults.Json(new DeliveryPage(await ViewsAsync(session, shown, ct), next), WireJson.Default.DeliveryPage);
    }

    private static async Task<IResult> ResendOneAsync(
        HttpContext http, Guid subscriptionId, long position, IDocumentStore documents, TimeProvider clock, CancellationToken ct)
    {
        var (tenantId, now, id) = (http.Caller().TenantId, clock.GetUtcNow(), WebhookDelivery.IdOf(subscriptionId, position));
        await using var session = documents.QuerySession(tenantId);
        if (await RefusalAsync(session, subscriptionId, ct) is { } refusal) return refusal.ToResult();
        var due = await documents.ChangeAsync<WebhookDelivery>(
            tenantId, id, d => d.Status == DeliveryStatus.Waiting ? null : d.DueAgain(now), ct, changing => Touch(changing, subscriptionId));
        if (due is not null) return TypedResults.Json((await ViewsAsync(session, [due], ct))[0], WireJson.Default.DeliveryView);
        return (await session.LoadAsync<WebhookDelivery>(id, ct) is null ? DeliveryNotFound : Waits).ToResult();
    }

    private static async Task<IResult> ResendFailedAsync(HttpContext http, Guid subscriptionId, IDocumentStore documents, TimeProvider clock)
    {
        if (!(await JsonBody.ReadAsync(http, WireJson.Default.ResendRequest)).TryGet(out var request, out var malformed)) return malformed.ToResult();
        var (tenantId, now, ct) = (http.Caller().TenantId, clock.GetUtcNow(), http.RequestAborted);
        await using var asking = documents.QuerySession(tenantId);
        if (await RefusalAsync(asking, subscriptionId, ct) is { } refusal) return refusal.ToResult();
        var since = request.FailedSince.ToUniversalTime();
        var resent = await documents.ChangeAsync(
            tenantId,
            async session =>
            {
                var failed = await session.Query<WebhookDelivery>()
                    .Where(d => d.SubscriptionId == subscriptionId && d.Status == DeliveryStatus.Failed && d.FinishedAt >= since)
                    .OrderBy(d => d.Position)
                    .Take(ResentMax)
                    .ToListAsync(ct);
                foreach (var delivery in failed) session.UpdateRevision(delivery.DueAgain(now), delivery.Version + 1L);
                if (failed.Count > 0) Touch(session, subscriptionId);
                return failed.Count;
            },
            ct);
        return TypedResults.Json(new ResendReceipt(resent, More: resent == ResentMax), WireJson.Default.ResendReceipt);
    }

    private static async Task<Refusal?> RefusalAsync(IQuerySession session, Guid subscriptionId, CancellationToken ct) =>
        await session.FindAsync(subscriptionId, ct) switch
        {
            null => SubscriptionEndpoints.NotFound,
            { Enabled: false } => Disabled,
            _ => null,
        };

    /// <summary>A new version of the subscription, as it is: by it whoever delivers notices.</summary>
    private static void Touch(IDocumentSession session, Guid subscriptionId) => session.QueueSqlCommand(
        "update mt_doc_webhook_subscription set mt_version = mt_version + 1 where tenant_id = ? and id = ?", session.TenantId, subscriptionId);

    private static async Task<IReadOnlyList<DeliveryView>> ViewsAsync(IQuerySession session, IReadOnlyList<WebhookDelivery> deliveries, CancellationToken ct)
    {
        var published = (await session.LoadManyAsync<FeedEntry>(ct, [.. deliveries.Select(d => d.Position)])).ToDictionary(e => e.Position);
        return [.. deliveries.Select(d => new DeliveryView(
            d.Position, published[d.Position].EventId, published[d.Position].Type, d.Subject, d.Status, d.Attempts,
            d.LastAttempt?.At, d.LastAttempt?.LatencyMs, d.LastAttempt?.StatusCode, d.LastAttempt?.Answer, d.LastAttempt?.Error,
            d.LastAttempt?.RetryAfterSeconds, d.NextAttemptAt, d.FinishedAt))];
    }
}
