using System.Globalization;
using LeadScoring.Contracts;
using LeadScoring.Host.Http;
using LeadScoring.Host.Webhooks;

namespace LeadScoring.Host.Subscriptions;

/// <summary>What a subscription may be.</summary>
internal static class SubscriptionRules
{
    public const string OpenApiTag = "Subscriptions";
    public const int DescriptionLengthMax = 256;

    /// <summary>Stands for every type.</summary>
    public const string AllTypes = "*";

    /// <summary>What bodies may be called; the first is the default.</summary>
    public static readonly string[] ContentTypes = ["application/cloudevents+json", "application/json"];

    private const string StartNow = "now";
    private const string StartAtBeginning = "beginning";

    public static Refusal NotFound { get; } = new(404, "subscription_not_found", "There is no such subscription in this tenant.");

    public static Uri? Url(this Validation validation, string path, string text, WebhookOptions options)
    {
        var (url, complaint) = EndpointUrl.Read(text, options);
        if (complaint is not null) validation.Add(path, complaint);
        return url;
    }

    /// <returns>Empty: all.</returns>
    public static IReadOnlyList<string> Types(this Validation validation, string path, IReadOnlyList<string> types)
    {
        if (types is [AllTypes]) return [];
        validation.Require(types.Count > 0, path, $"At least one type is expected; [\"{AllTypes}\"] means all.");
        for (var i = 0; i < types.Count && !validation.Full; i++)
        {
            validation.Require(
                IntegrationEventTypes.All.Contains(types[i]), $"{path}[{i}]", $"One of {string.Join(", ", IntegrationEventTypes.All)} is expected.");
        }

        validation.Require(types.Distinct(StringComparer.Ordinal).Count() == types.Count, path, "A type stands here twice.");
        return types;
    }

    /// <summary>One line; empty means none.</summary>
    public static void Description(this Validation validation, string path, string? text)
    {
        if (text is { Length: > 0 }) validation.OptionalText(path, text, DescriptionLengthMax);
    }

    /// <summary>One of <see cref="ContentTypes"/>, or null.</summary>
    public static void ContentType(this Validation validation, string path, string? text) =>
        validation.Require(text is null || ContentTypes.Contains(text), path, $"{string.Join(" or ", ContentTypes)} is expected.");

    /// <param name="head">The last position of the tenant's feed.</param>
    /// <returns>Events after it are delivered. It may be beyond the head.</returns>
    public static long StartAt(this Validation validation, string path, string? text, long head)
    {
        if (text is null or StartNow) return head;
        if (text == StartAtBeginning) return 0;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var position)) return position;
        validation.Add(path, "now, beginning or a position of the feed is expected.");
        return 0;
    }
}
