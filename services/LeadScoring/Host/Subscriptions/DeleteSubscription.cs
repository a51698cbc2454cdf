using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Subscriptions;

/// <summary><c>DELETE /v1/subscriptions/{subscriptionId}</c>.</summary>
public static class DeleteSubscription
{
    public static void MapDeleteSubscription(this IEndpointRouteBuilder routes) => routes
        .MapDelete("/v1/subscriptions/{subscriptionId:guid}", HandleAsync)
        .RequireScope(Scopes.FeedRead)
        .WithName("DeleteSubscription")
        .WithTags(SubscriptionRules.OpenApiTag)
        .WithSummary("Delete a subscription")
        .WithDescription("Nothing is sent to it from a second later on. Its secret and its deliveries are deleted too.")
        .Produces(StatusCodes.Status204NoContent)
        .ProducesRefusal(404);

    private static async Task<IResult> HandleAsync(HttpContext http, Guid subscriptionId, WebhookSubscriptions subscriptions) =>
        await subscriptions.DeleteAsync(http.Caller().TenantId, subscriptionId, http.RequestAborted)
            ? Results.NoContent()
            : SubscriptionRules.NotFound.ToResult();
}
