using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Events;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads.Listing;
using Microsoft.AspNetCore.Mvc;

namespace LeadScoring.Host.Subscriptions;

/// <summary><c>GET /v1/subscriptions/{subscriptionId}/deliveries</c>: what became of each event.</summary>
public static class GetDeliveries
{
    private const int LimitMax = 200;
    private const int LimitDefault = 50;

    private static readonly Dictionary<string, DeliveryStatus> Statuses =
        Enum.GetValues<DeliveryStatus>().ToDictionary(s => JsonNamingPolicy.SnakeCaseLower.ConvertName(s.ToString()));

    public static void MapGetDeliveries(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/subscriptions/{subscriptionId:guid}/deliveries", HandleAsync)
        .RequireScope(Scopes.FeedRead)
        .WithName("GetDeliveries")
        .WithTags(SubscriptionRules.OpenApiTag)
        .WithSummary("List a subscription's deliveries")
        .WithDescription(
            "The latest position first, with attempts, latency, status code and the first kilobyte of the answer. Finished ones are kept for "
            + "30 days unless the service is set otherwise. limit is 1 to 200, default 50.")
        .Produces<DeliveryPage>()
        .ProducesRefusal(400)
        .ProducesRefusal(404);

    private static async Task<IResult> HandleAsync(
        HttpContext http,
        Guid subscriptionId,
        [FromQuery(Name = "status")] string? status,
        [FromQuery(Name = "limit")] string? limit,
        [FromQuery(Name = "cursor")] string? cursor,
        WebhookSubscriptions subscriptions,
        DeliveryHistory history,
        TimeProvider clock,
        CancellationToken ct)
    {
        var (key, now, validation) = (new StreamKey(http.Caller().TenantId, subscriptionId), clock.GetUtcNow(), new Validation());
        validation.KnownOnly(http.Request.Query, "status", "limit", "cursor");
        var wanted = validation.Code("status", status, Statuses);
        var most = validation.Whole("limit", limit, least: 1, LimitMax, LimitDefault);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        var list = $"deliveries {subscriptionId} {wanted}";
        var (before, refusal) = cursor is null ? (null, null) : PageCursor.Read(cursor, list, now);
        if (refusal is not null) return refusal.ToResult();
        if (await subscriptions.FindAsync(key.TenantId, subscriptionId, ct) is null) return SubscriptionRules.NotFound.ToResult();

        // One more than the page holds was asked for: it tells that there is a next page.
        var found = await history.ListAsync(key, wanted, before?.SortKey, most + 1, ct);
        var shown = found.Take(most).ToList();
        var next = found.Count > most ? new PageCursor(shown[^1].Position, subscriptionId).Write(list, now) : null;
        return TypedResults.Json(new DeliveryPage(shown, next), WireJson.Default.DeliveryPage);
    }
}
