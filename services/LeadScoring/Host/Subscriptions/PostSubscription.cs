using System.Security.Cryptography;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Http;
using LeadScoring.Host.Webhooks;

namespace LeadScoring.Host.Subscriptions;

/// <summary><c>POST /v1/subscriptions</c>: events are posted to a URL from now on.</summary>
public static class PostSubscription
{
    private static readonly Refusal TooMany = new(
        409, "too_many_subscriptions", $"The tenant has {WebhookSubscriptions.PerTenantMax} subscriptions, the most there can be; delete some.");

    public static void MapPostSubscription(this IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/subscriptions", HandleAsync)
        .RequireScope(Scopes.FeedRead)
        .WithName("PostSubscription")
        .WithTags(SubscriptionRules.OpenApiTag)
        .WithSummary("Have events posted to a URL")
        .WithDescription(
            "Standard Webhooks 1.0; the body is the CloudEvent of the feed. The answer is the only place that shows the secret, apart from a "
            + "repeat: the same request with the same header Idempotency-Key makes no second subscription and answers 200 with the first one. "
            + "A key that may read the feed may manage subscriptions. A changed start position needs another subscription.")
        .Accepts<CreateSubscriptionRequest>("application/json")
        .Produces<CreatedSubscription>(StatusCodes.Status201Created)
        .Produces<CreatedSubscription>()
        .ProducesRefusal(409)
        .ProducesRefusal(422);

    private static async Task<IResult> HandleAsync(
        HttpContext http, WebhookSubscriptions subscriptions, FeedReader feed, WebhookOptions options, TimeProvider clock)
    {
        if (!(await JsonBody.ReadAsync(http, WireJson.Default.CreateSubscriptionRequest)).TryGet(out var request, out var refusal))
        {
            return refusal.ToResult();
        }

        (var creationKey, refusal) = IdempotencyKey.Read(http.Request);
        if (refusal is not null) return refusal.ToResult();
        var tenantId = http.Caller().TenantId;
        var validation = new Validation();
        var url = validation.Url("$.url", request.Url, options);
        var types = request.EventTypes is null ? [] : validation.Types("$.eventTypes", request.EventTypes);
        validation.ContentType("$.contentType", request.ContentType);
        validation.Description("$.description", request.Description);
        var head = await feed.HeadAsync(tenantId, http.RequestAborted);
        var position = validation.StartAt("$.startAt", request.StartAt, head);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        if (position > head) return FeedQuery.BeyondHead(position, head).ToResult();

        var (outcome, facts, secret) = await subscriptions.CreateAsync(
            new(
                tenantId,
                url!,
                types.Count == 0 ? null : types,
                request.ContentType ?? SubscriptionRules.ContentTypes[0],
                request.Description is { Length: > 0 } description ? description : null,
                request.Enabled ?? true,
                position,
                creationKey,
                SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(request, WireJson.Default.CreateSubscriptionRequest))),
            http.RequestAborted);
        return outcome switch
        {
            CreationOutcome.TooMany => TooMany.ToResult(),
            CreationOutcome.KeyReused => IdempotencyKey.Reused.ToResult(),
            _ => Results.Json(
                new CreatedSubscription(secret!, SubscriptionViews.View(facts!, clock.GetUtcNow())),
                WireJson.Default.CreatedSubscription,
                statusCode: outcome == CreationOutcome.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK),
        };
    }
}
