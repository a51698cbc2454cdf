using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Subscriptions;

/// <summary><c>POST /v1/subscriptions/{subscriptionId}/secret/rotate</c>.</summary>
public static class PostSecretRotation
{
    private const int HoursMax = 168;
    private const int HoursDefault = 24;

    public static void MapPostSecretRotation(this IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/subscriptions/{subscriptionId:guid}/secret/rotate", HandleAsync)
        .RequireScope(Scopes.FeedRead)
        .WithName("PostSecretRotation")
        .WithTags(SubscriptionRules.OpenApiTag)
        .WithSummary("Give a subscription another secret")
        .WithDescription(
            "The answer is the only place that shows it. For formerValidForHours (24 unless said otherwise, 0 for none) every request carries "
            + "two signatures, of the new and of the former secret, so that the receiver can change over in its own time.")
        .Accepts<RotateSecretRequest>("application/json")
        .Produces<RotatedSecret>()
        .ProducesRefusal(404);

    private static async Task<IResult> HandleAsync(HttpContext http, Guid subscriptionId, WebhookSubscriptions subscriptions, TimeProvider clock)
    {
        if (!(await JsonBody.ReadAsync(http, WireJson.Default.RotateSecretRequest)).TryGet(out var request, out var refusal))
        {
            return refusal.ToResult();
        }

        var validation = new Validation();
        var hours = request.FormerValidForHours ?? HoursDefault;
        validation.Require(hours is >= 0 and <= HoursMax, "$.formerValidForHours", $"A whole number from 0 to {HoursMax} is expected.");
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        var until = clock.GetUtcNow().AddHours(hours);
        return await subscriptions.RotateAsync(http.Caller().TenantId, subscriptionId, until, http.RequestAborted) is { } secret
            ? TypedResults.Json(new RotatedSecret(secret, until), WireJson.Default.RotatedSecret)
            : SubscriptionRules.NotFound.ToResult();
    }
}
