using System.Globalization;
using System.Text.Json;
using LeadScoring.Contracts;
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
            if (webhook is not { } expected) return Problem(StatusCodes.Status503ServiceUnavailable, "The subscription is not registered yet.");
            using var reader = new StreamReader(request.Body);
            var body = await reader.ReadToEndAsync(request.HttpContext.RequestAborted);
            expected.Verify(body, request.Headers); // Signed with our secret, unchanged, and of the last five minutes.
            var published = JsonSerializer.Deserialize<CloudEvent>(body, JsonSerializerOptions.Web);
            desk.Take(published is { Type: not null } ? published : throw new UnreadableEvent("A CloudEvent is expected."));
            return Results.NoContent();
        }
        catch (Exception e) when (e is WebhookVerificationException or FormatException)
        {
            return Refuse(StatusCodes.Status401Unauthorized, e);
        }
        catch (Exception e) when (e is UnreadableEvent or JsonException)
        {
            return Refuse(StatusCodes.Status400BadRequest, e);
        }
        catch (Refusal full)
        {
            return Problem(StatusCodes.Status503ServiceUnavailable, full.Message);
        }
    }

    /// <summary>
    /// Registers the subscription, or finds that of an earlier run by its description, whose secret it has to rotate: a secret is shown
    /// only once. It rests when nobody listens any more, instead of failing until the next run.
    /// </summary>
    /// <param name="url">Where the service reaches the endpoint.</param>
    /// <exception cref="Refusal">The service refuses the key or the subscription.</exception>
    public async Task RunAsync(Uri url, string name, CancellationToken stop)
    {
        // First the past: the subscription begins where it ends, and what both bring is a repeat.
        var position = await FeedHandoffs.ReadAsync(api, desk, reception, follow: false, stop);
        var description = $"SampleCrm {name}";
        var page = await AskAsync<SubscriptionPage>(HttpMethod.Get, $"v1/subscriptions?limit={LeadScoringApi.PageSize}", body: null);
        var id = page.Subscriptions.FirstOrDefault(s => s.Kind == SubscriptionKind.Webhook && s.Description == description)?.Id;
        if (id is null)
        {
            var wanted = new CreateSubscriptionRequest(
                url.ToString(), DeskLead.Types, description, StartAt: position.ToString(CultureInfo.InvariantCulture));
            var created = await AskAsync<CreatedSubscription>(HttpMethod.Post, "v1/subscriptions", wanted);
            (id, webhook) = (created.Subscription.Id, new StandardWebhook(created.Secret));
        }
        else
        {
            var rotated = await AskAsync<RotatedSecret>(HttpMethod.Post, $"v1/subscriptions/{id}/secret/rotate", new RotateSecretRequest());
            webhook = new StandardWebhook(rotated.Secret);
            await AskAsync<SubscriptionView>(HttpMethod.Patch, $"v1/subscriptions/{id}", new PatchSubscriptionRequest(url.ToString(), DeskLead.Types, Enabled: true));
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

        // A lost answer is asked for again and must not leave a second subscription behind.
        async Task<T> AskAsync<T>(HttpMethod method, string path, object? body)
            where T : class
        {
            var idempotencyKey = method == HttpMethod.Post ? Guid.NewGuid().ToString() : null;
            var answer = await LeadScoringApi.InsistAsync(
                () => api.SendAsync<T>(method, path, body, stop, idempotencyKey: idempotencyKey), away => reception.State = away ? "the service is away" : "subscribing", stop);
            return answer.OrThrow();
        }
    }

    private IResult Refuse(int status, Exception why)
    {
        reception.Refuse();
        return Problem(status, why.Message);
    }

    private static IResult Problem(int status, string detail) => Results.Problem(detail, statusCode: status);
}
