using System.Net;
using System.Net.Http.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Http;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Webhooks;

/// <summary>The subscriptions' API as a client uses it.</summary>
internal static class WebhookApi
{
    /// <summary>Settings for receivers on loopback.</summary>
    public static (string, string)[] Local { get; } = [("Webhooks:AllowHttp", "true"), ("Webhooks:AllowPrivateNetworks", "true")];

    public static async Task<CreatedSubscription> SubscribeAsync(
        this HttpClient http, string url, string startAt = "now", IReadOnlyList<string>? types = null)
    {
        using var answer = await http.PostAsync("/v1/subscriptions", new(url, types, StartAt: startAt), WireJson.Default.CreateSubscriptionRequest);
        return await answer.ReadAsync<CreatedSubscription>(HttpStatusCode.Created);
    }

    public static async Task<SubscriptionView> SubscriptionAsync(this HttpClient http, Guid id)
    {
        using var answer = await http.GetAsync(new Uri($"/v1/subscriptions/{id}", UriKind.Relative));
        return await answer.ReadAsync<SubscriptionView>();
    }

    public static async Task<SubscriptionView> ChangeAsync(this HttpClient http, Guid id, PatchSubscriptionRequest change)
    {
        using var answer = await http.PatchAsJsonAsync(new Uri($"/v1/subscriptions/{id}", UriKind.Relative), change, WireJson.Default.PatchSubscriptionRequest);
        return await answer.ReadAsync<SubscriptionView>();
    }

    public static async Task<DeliveryPage> DeliveriesAsync(this HttpClient http, Guid id, string query = "")
    {
        using var answer = await http.GetAsync(new Uri($"/v1/subscriptions/{id}/deliveries{query}", UriKind.Relative));
        return await answer.ReadAsync<DeliveryPage>();
    }

    /// <summary>Returns when the subscription is as asked.</summary>
    public static async Task<SubscriptionView> UntilAsync(this HttpClient http, Guid id, Func<SubscriptionView, bool> isSo, string what)
    {
        SubscriptionView? view = null;
        await Eventually.TrueAsync(async () => isSo(view = await http.SubscriptionAsync(id)), what);
        return view!;
    }

    /// <summary>Returns when so many deliveries have this status.</summary>
    public static async Task<IReadOnlyList<DeliveryView>> UntilDeliveriesAsync(this HttpClient http, Guid id, DeliveryStatus status, int count)
    {
        IReadOnlyList<DeliveryView> deliveries = [];
        await Eventually.TrueAsync(
            async () => (deliveries = (await http.DeliveriesAsync(id, $"?status={status.ToString().ToLowerInvariant()}&limit=200")).Deliveries).Count >= count,
            $"{count} deliveries {status}");
        return deliveries;
    }
}
