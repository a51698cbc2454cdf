using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Broker;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads.Listing;
using Microsoft.AspNetCore.Mvc;

namespace LeadScoring.Host.Subscriptions;

/// <summary><c>GET /v1/subscriptions</c>: who gets events, and how far each is.</summary>
public static class GetSubscriptions
{
    private const int LimitMax = 200;
    private const int LimitDefault = 50;
    private const string CursorList = "subscriptions";

    public static void MapGetSubscriptions(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/subscriptions", HandleAsync)
        .RequireScope(Scopes.FeedRead)
        .WithName("GetSubscriptions")
        .WithTags(SubscriptionRules.OpenApiTag)
        .WithSummary("List subscriptions")
        .WithDescription("The broker first, where one is configured; then webhooks, the newest first. limit is 1 to 200, default 50.")
        .Produces<SubscriptionPage>()
        .ProducesRefusal(400);

    private static async Task<IResult> HandleAsync(
        HttpContext http,
        [FromQuery(Name = "limit")] string? limit,
        [FromQuery(Name = "cursor")] string? cursor,
        WebhookSubscriptions subscriptions,
        BrokerStatusReader broker,
        TimeProvider clock,
        CancellationToken ct)
    {
        var (tenantId, now, validation) = (http.Caller().TenantId, clock.GetUtcNow(), new Validation());
        validation.KnownOnly(http.Request.Query, "limit", "cursor");
        var most = validation.Whole("limit", limit, least: 1, LimitMax, LimitDefault);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        var (after, refusal) = cursor is null ? (null, null) : PageCursor.Read(cursor, CursorList, now);
        if (refusal is not null) return refusal.ToResult();

        var views = new List<SubscriptionView>();
        if (after is null && broker.IsConfigured) views.Add(SubscriptionViews.View(await broker.ReadAsync(tenantId, ct)));

        // One more than the page holds was asked for: it tells that there is a next page.
        var found = await subscriptions.ListAsync(tenantId, after is { } last ? (Instant(last.SortKey), last.Id) : null, most + 1, ct);
        var shown = found.Take(most).ToList();
        views.AddRange(shown.Select(f => SubscriptionViews.View(f, now)));
        var next = found.Count > most ? new PageCursor(shown[^1].Subscription.CreatedAt.UtcTicks, shown[^1].Subscription.Id).Write(CursorList, now) : null;
        return TypedResults.Json(new SubscriptionPage(views, next), WireJson.Default.SubscriptionPage);
    }

    /// <summary>A forged cursor may hold any bits; they only have to be some instant.</summary>
    private static DateTimeOffset Instant(long ticks) =>
        new(Math.Clamp(ticks, DateTimeOffset.MinValue.Ticks, DateTimeOffset.MaxValue.Ticks), TimeSpan.Zero);
}
