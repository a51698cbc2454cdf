using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Events;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Subscriptions;

/// <summary>Sending again: one delivery, or everything that was given up since an instant.</summary>
public static class PostResend
{
    private static readonly Refusal DeliveryNotFound = new(
        404, "delivery_not_found", "The subscription has no delivery of this position, or no longer.");

    private static readonly Refusal Waits = new(
        409, "delivery_waits", "An earlier event of the same lead has to be delivered first; send that one again.");

    private static readonly Refusal Disabled = new(
        409, "subscription_disabled", "The subscription is disabled; enable it first, which makes everything held back due.");

    public static void MapPostResend(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/subscriptions/{subscriptionId:guid}/deliveries/{position:long}/resend", ResendOneAsync)
            .RequireScope(Scopes.FeedRead)
            .WithName("PostDeliveryResend")
            .WithTags(SubscriptionRules.OpenApiTag)
            .WithSummary("Send one event again")
            .WithDescription("Whatever became of it; it is due within a second, with the same webhook-id. A finished one begins its retries anew.")
            .Produces<DeliveryView>()
            .ProducesRefusal(404)
            .ProducesRefusal(409);
        routes.MapPost("/v1/subscriptions/{subscriptionId:guid}/resend", ResendFailedAsync)
            .RequireScope(Scopes.FeedRead)
            .WithName("PostResend")
            .WithTags(SubscriptionRules.OpenApiTag)
            .WithSummary("Send everything again that was given up")
            .WithDescription($"At or after failedSince; the earliest first, at most {DeliveryHistory.ResentMax} a call: repeat it while more is true.")
            .Accepts<ResendRequest>("application/json")
            .Produces<ResendReceipt>()
            .ProducesRefusal(404)
            .ProducesRefusal(409);
    }

    private static async Task<IResult> ResendOneAsync(
        HttpContext http, Guid subscriptionId, long position, WebhookSubscriptions subscriptions, DeliveryHistory history, CancellationToken ct)
    {
        var key = new StreamKey(http.Caller().TenantId, subscriptionId);
        if (await RefusalAsync(subscriptions, key, ct) is { } refusal) return refusal.ToResult();
        var (outcome, delivery) = await history.ResendAsync(key, position, ct);
        return outcome switch
        {
            ResendOutcome.Due => TypedResults.Json(delivery, WireJson.Default.DeliveryView),
            ResendOutcome.Waits => Waits.ToResult(),
            _ => DeliveryNotFound.ToResult(),
        };
    }

    private static async Task<IResult> ResendFailedAsync(
        HttpContext http, Guid subscriptionId, WebhookSubscriptions subscriptions, DeliveryHistory history)
    {
        if (!(await JsonBody.ReadAsync(http, WireJson.Default.ResendRequest)).TryGet(out var request, out var malformed)) return malformed.ToResult();
        var key = new StreamKey(http.Caller().TenantId, subscriptionId);
        return await RefusalAsync(subscriptions, key, http.RequestAborted) is { } refusal
            ? refusal.ToResult()
            : TypedResults.Json(await history.ResendFailedAsync(key, request.FailedSince, http.RequestAborted), WireJson.Default.ResendReceipt);
    }

    private static async Task<Refusal?> RefusalAsync(WebhookSubscriptions subscriptions, StreamKey key, CancellationToken ct)
    {
        if (await subscriptions.FindAsync(key.TenantId, key.StreamId, ct) is not { } found) return SubscriptionRules.NotFound;
        return found.Enabled ? null : Disabled;
    }
}
