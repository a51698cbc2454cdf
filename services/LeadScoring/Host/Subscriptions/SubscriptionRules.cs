using System.Globalization;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Broker;
using LeadScoring.Host.Http;
using LeadScoring.Host.Webhooks;

namespace LeadScoring.Host.Subscriptions;

/// <summary>What a subscription may be, and how it is shown.</summary>
internal static class SubscriptionRules
{
    public const int DescriptionLengthMax = 256;

    /// <summary>Stands for every type.</summary>
    public const string AllTypes = "*";

    /// <summary>What bodies may be called; the first is the default.</summary>
    public static readonly string[] ContentTypes = ["application/cloudevents+json", "application/json"];

    private const string StartNow = "now";
    private const string StartAtBeginning = "beginning";

    public static Uri? Url(this Validation validation, string text, WebhookOptions options)
    {
        var (url, complaint) = EndpointUrl.Read(text, options);
        if (complaint is not null) validation.Add("$.url", complaint);
        return url;
    }

    /// <summary>What a new subscription and a changed one may say; null: nothing.</summary>
    /// <param name="description">One line; empty means none.</param>
    public static void Subscription(this Validation validation, IReadOnlyList<string>? types, string? contentType, string? description)
    {
        const string path = "$.eventTypes";
        if (types is not (null or [AllTypes]))
        {
            validation.Require(types.Count > 0, path, $"At least one type is expected; [\"{AllTypes}\"] means all.");
            for (var i = 0; i < types.Count && !validation.Full; i++)
            {
                validation.Require(
                    IntegrationEventTypes.All.Contains(types[i]), $"{path}[{i}]", $"One of {string.Join(", ", IntegrationEventTypes.All)} is expected.");
            }

            validation.Require(types.Distinct(StringComparer.Ordinal).Count() == types.Count, path, "A type stands here twice.");
        }

        validation.Require(contentType is null || ContentTypes.Contains(contentType), "$.contentType", $"{string.Join(" or ", ContentTypes)} is expected.");
        if (description is { Length: > 0 }) validation.OptionalText("$.description", description, DescriptionLengthMax);
    }

    /// <returns>Null: all.</returns>
    public static IReadOnlyList<string>? Chosen(IReadOnlyList<string>? types) => types is [AllTypes] ? null : types;

    /// <param name="head">The last position of the tenant's feed.</param>
    /// <returns>Events after it are delivered. It may be beyond the head.</returns>
    public static long StartAt(this Validation validation, string? text, long head)
    {
        if (text is null or StartNow) return head;
        if (text == StartAtBeginning) return 0;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var position)) return position;
        validation.Add("$.startAt", "now, beginning or a position of the feed is expected.");
        return 0;
    }

    /// <param name="head">The last position of the tenant's feed.</param>
    /// <param name="pending">Deliveries held back.</param>
    public static SubscriptionView View(WebhookSubscription subscription, SubscriptionProgress stored, long head, long pending, DateTimeOffset now)
    {
        var progress = stored.Since(subscription.TriedSince);
        var enabledState = progress.FailingSince is null ? SubscriptionState.Active : SubscriptionState.Failing;
        return new(
            SubscriptionKind.Webhook, subscription.Id, subscription.Url, subscription.EventTypes, subscription.ContentType, subscription.Description,
            subscription.Enabled, subscription.Enabled ? enabledState : SubscriptionState.Disabled, subscription.DisabledReason, subscription.DisabledAt,
            progress.Position, Behind: Math.Max(0, head - progress.Position), pending, progress.FailingSince, progress.LastSuccessAt, progress.LastError,
            FormerSecretUntil: subscription.FormerSecretUntil > now ? subscription.FormerSecretUntil : null, subscription.CreatedAt, subscription.UpdatedAt);
    }

    public static SubscriptionView View(BrokerStatus broker)
    {
        var isRunning = broker.State == BrokerState.Running;
        return new(
            SubscriptionKind.Rabbitmq, Id: null, Url: null, EventTypes: null, ContentTypes[0],
            Description: broker.Exchange is null ? null : $"Exchange {broker.Exchange}", Enabled: true,
            isRunning ? SubscriptionState.Active : SubscriptionState.Failing, DisabledReason: null, DisabledAt: null,
            broker.Position, broker.Behind, Pending: 0, FailingSince: isRunning ? null : broker.Since, LastSuccessAt: null,
            LastError: isRunning ? null : JsonNamingPolicy.SnakeCaseLower.ConvertName(broker.State.ToString()),
            FormerSecretUntil: null, CreatedAt: null, UpdatedAt: null);
    }
}
