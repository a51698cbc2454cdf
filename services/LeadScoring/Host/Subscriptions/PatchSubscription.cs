using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Webhooks;

namespace LeadScoring.Host.Subscriptions;

/// <summary><c>PATCH /v1/subscriptions/{subscriptionId}</c>: another URL, other types, on or off.</summary>
public static class PatchSubscription
{
    public static void MapPatchSubscription(this IEndpointRouteBuilder routes) => routes
        .MapPatch("/v1/subscriptions/{subscriptionId:guid}", HandleAsync)
        .RequireScope(Scopes.FeedRead)
        .WithName("PatchSubscription")
        .WithTags(SubscriptionRules.OpenApiTag)
        .WithSummary("Change a subscription")
        .WithDescription(
            "What is absent stays. Takes effect within a second. One that is enabled again goes on where it stopped, so nothing is lost; "
            + "enabling, or another URL, makes everything held back due at once. Other types apply to what has not been looked at yet.")
        .Accepts<PatchSubscriptionRequest>("application/json")
        .Produces<SubscriptionView>()
        .ProducesRefusal(404);

    private static async Task<IResult> HandleAsync(
        HttpContext http, Guid subscriptionId, WebhookSubscriptions subscriptions, WebhookOptions options, TimeProvider clock)
    {
        if (!(await JsonBody.ReadAsync(http, WireJson.Default.PatchSubscriptionRequest)).TryGet(out var request, out var refusal))
        {
            return refusal.ToResult();
        }

        var validation = new Validation();
        var url = request.Url is null ? null : validation.Url("$.url", request.Url, options);
        var types = request.EventTypes is null ? null : validation.Types("$.eventTypes", request.EventTypes);
        validation.ContentType("$.contentType", request.ContentType);
        validation.Description("$.description", request.Description);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        var patch = new SubscriptionPatch(url, types, request.ContentType, request.Description, request.Enabled);
        return await subscriptions.PatchAsync(http.Caller().TenantId, subscriptionId, patch, http.EventMetadata(), http.RequestAborted) is { } facts
            ? TypedResults.Json(SubscriptionViews.View(facts, clock.GetUtcNow()), WireJson.Default.SubscriptionView)
            : SubscriptionRules.NotFound.ToResult();
    }
}
