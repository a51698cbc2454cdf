using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Webhooks;

namespace LeadScoring.Host.Subscriptions;

/// <summary><c>POST /v1/subscriptions/{subscriptionId}/test</c>: tries the endpoint.</summary>
public static class PostTestEvent
{
    private static readonly Refusal SecretUnreadable = new(
        409, "secret_unreadable", "The service cannot read the subscription's secret with the key it is set up with; rotate the secret.");

    public static void MapPostTestEvent(this IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/subscriptions/{subscriptionId:guid}/test", HandleAsync)
        .RequireScope(Scopes.FeedRead)
        .WithName("PostTestEvent")
        .WithTags(SubscriptionRules.OpenApiTag)
        .WithSummary("Send a test event")
        .WithDescription(
            $"At once and once, signed like any other, also while the subscription is disabled; the answer is what the endpoint said. Its type is "
            + $"`{IntegrationEventTypes.SubscriptionTest}`; it is no part of the feed and changes nothing of the subscription's state.")
        .Produces<TestResult>()
        .ProducesRefusal(404)
        .ProducesRefusal(409);

    private static async Task<IResult> HandleAsync(
        HttpContext http,
        Guid subscriptionId,
        WebhookSubscriptions subscriptions,
        SubscriptionSecrets secrets,
        WebhookSender sender,
        TimeProvider clock,
        CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        if (await subscriptions.FindAsync(tenantId, subscriptionId, ct) is not { } subscription) return SubscriptionRules.NotFound.ToResult();
        var eventId = Guid.CreateVersion7(clock.GetUtcNow());
        WebhookTarget target;
        try
        {
            target = secrets.TargetOf(subscription);
        }
        catch (UnreadableSecretException)
        {
            return SecretUnreadable.ToResult();
        }

        var outcome = await sender.SendAsync(target, eventId, Compose(tenantId, subscriptionId, eventId, clock.GetUtcNow()), ct);
        return TypedResults.Json(
            new TestResult(outcome.Result == AttemptResult.Delivered, eventId, outcome.StatusCode, outcome.LatencyMs, outcome.Answer, outcome.Error),
            WireJson.Default.TestResult);
    }

    private static byte[] Compose(string tenantId, Guid subscriptionId, Guid eventId, DateTimeOffset now)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("specversion", "1.0");
            json.WriteString("id", eventId);
            json.WriteString("source", $"/leadscoring/{tenantId}");
            json.WriteString("type", IntegrationEventTypes.SubscriptionTest);
            json.WriteString("subject", subscriptionId);
            json.WriteString("time", now);
            json.WriteString("datacontenttype", "application/json");
            json.WriteString("tenantid", tenantId);
            json.WriteStartObject("data");
            json.WriteString("subscriptionId", subscriptionId);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return body.ToArray();
    }
}
