using StandardWebhooks;
using StandardWebhooks.Diagnostics;

namespace SampleCrm;

/// <summary>The endpoint that events are posted to, and the subscription that makes the service post them.</summary>
internal sealed class WebhookHandoffs(LeadScoringApi api, MemoryDesk desk, Reception reception)
{
    public const string Path = "/webhooks/leadscoring";

    /// <summary>Several times the largest story.</summary>
    public const int BodyBytesMax = 1_048_576;
    private static readonly TimeSpan FarewellMax = TimeSpan.FromSeconds(3);
    private volatile StandardWebhook? webhook;

    /// <summary>Answers 204 only once the event is on the desk; everything else is sent again.</summary>
    public async Task<IResult> TakeAsync(HttpRequest request)
    {
        try
        {
            if (webhook is not { } expected) return Results.Problem("The subscription is not registered yet.", statusCode: 503);
            using var reader = new StreamReader(request.Body);
            var body = await reader.ReadToEndAsync(request.HttpContext.RequestAborted);
            expected.Verify(body, request.Headers); // Signed with our secret, unchanged, and of the last five minutes.
            var published = JsonSerializer.Deserialize<CloudEvent>(body, JsonSerializerOptions.Web);
            desk.Take(published is { Type: not null } ? published : throw new UnreadableEvent("A CloudEvent is expected."));
            return Results.NoContent();
        }
        catch (Exception e) when (e is WebhookVerificationException or FormatException or UnreadableEvent or JsonException)
        {
            reception.Refuse();
            return Results.Problem(e.Message, statusCode: e is UnreadableEvent or JsonException ? 400 : 401);
        }
        catch (Refusal full)
        {
            return Results.Problem(full.Message, statusCode: 503);
        }
    }

    /// <summary>Registers the subscription, or finds that of an earlier run by its description, whose secret it has to rotate: a secret is shown only
    /// once. It rests when nobody listens any more, instead of failing until the next run.</summary>
    /// <exception cref="Refusal">The service refuses the key or the subscription.</exception>
    public async Task RunAsync(Uri url, string name, CancellationToken stop)
    {
        // First the past: the subscription begins where it ends, and what both bring is a repeat.
        var position = await FeedHandoffs.ReadAsync(api, desk, reception, follow: false, stop);
        var wanted = new CreateSubscriptionRequest($"{url}", DeskLead.Types, $"SampleCrm {name}", StartAt: $"{position}");
        var page = await AskAsync<SubscriptionPage>(HttpMethod.Get, $"v1/subscriptions?limit={LeadScoringApi.PageSize}", body: null);
        var id = page.Subscriptions.FirstOrDefault(s => s.Kind == SubscriptionKind.Webhook && s.Description == wanted.Description)?.Id;
        if (id is null)
        {
            var created = await AskAsync<CreatedSubscription>(HttpMethod.Post, "v1/subscriptions", wanted);
            (id, webhook) = (created.Subscription.Id, new StandardWebhook(created.Secret));
        }
        else
        {
            var rotated = await AskAsync<RotatedSecret>(HttpMethod.Post, $"v1/subscriptions/{id}/secret/rotate", new RotateSecretRequest());
            webhook = new StandardWebhook(rotated.Secret);
            await AskAsync<SubscriptionView>(HttpMethod.Patch, $"v1/subscriptions/{id}", new PatchSubscriptionRequest(wanted.Url, Enabled: true));
        }

        reception.State = "subscribed";
        try
        {
            await Task.Delay(Timeout.Infinite, stop);
        }
        finally
        {
            using var patience = new CancellationTokenSource(FarewellMax);
            await api.SendAsync<SubscriptionView>(HttpMethod.Patch, $"v1/subscriptions/{id}", new PatchSubscriptionRequest(Enabled: false), patience.Token);
        }

        void Away(bool isAway) => reception.State = isAway ? "the service is away" : "subscribing";

        async Task<T> AskAsync<T>(HttpMethod method, string path, object? body) where T : class
        {
            // A lost answer is asked for again and must not leave a second subscription behind.
            var idempotencyKey = method == HttpMethod.Post ? Guid.NewGuid().ToString() : null;
            var answer = await LeadScoringApi.InsistAsync(() => api.SendAsync<T>(method, path, body, stop, idempotencyKey: idempotencyKey), Away, stop);
            return answer.OrThrow();
        }
    }
}
