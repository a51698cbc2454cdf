using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Subscriptions;

/// <summary><c>GET /v1/subscriptions/{subscriptionId}</c>: how one does.</summary>
public static class GetSubscription
{
    public static void MapGetSubscription(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/subscriptions/{subscriptionId:guid}", HandleAsync)
        .RequireScope(Scopes.FeedRead)
        .WithName("GetSubscription")
        .WithTags(SubscriptionRules.OpenApiTag)
        .WithSummary("Look at a subscription")
        .WithDescription("State, position, how far it is behind, since when it fails and why. Never the secret.")
        .Produces<SubscriptionView>()
        .ProducesRefusal(404);

    private static async Task<IResult> HandleAsync(
        HttpContext http, Guid subscriptionId, WebhookSubscriptions subscriptions, TimeProvider clock, CancellationToken ct) =>
        await subscriptions.FindFactsAsync(http.Caller().TenantId, subscriptionId, ct) is { } facts
            ? TypedResults.Json(SubscriptionViews.View(facts, clock.GetUtcNow()), WireJson.Default.SubscriptionView)
            : SubscriptionRules.NotFound.ToResult();
}
