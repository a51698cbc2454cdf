using System.Globalization;
using LeadScoring.Contracts;
using LeadScoring.Host.Http;
using Microsoft.AspNetCore.Mvc;

namespace LeadScoring.Host.Feed;

/// <summary>Query parameters of <c>GET /v1/feed</c>, as they were sent.</summary>
public sealed record FeedParameters(
    [FromQuery(Name = "after")] string? After,
    [FromQuery(Name = "types")] string? Types,
    [FromQuery(Name = "limit")] string? Limit,
    [FromQuery(Name = "wait")] string? Wait);

/// <param name="After">Events beyond this position.</param>
/// <param name="Types">Only these; null: all.</param>
/// <param name="Wait">How long to wait for the first one.</param>
internal sealed record FeedQuery(long After, IReadOnlyCollection<string>? Types, int Limit, TimeSpan Wait)
{
    public const int LimitMax = 200;
    public const int LimitDefault = 100;
    public const int WaitSecondsMax = 30;

    private const string LastEventId = "Last-Event-ID";

    /// <summary>For whoever is ahead of the feed: it has read what this database does not know.</summary>
    /// <param name="head">The last position of the tenant's feed.</param>
    public static Refusal BeyondHead(long position, long head) => new(
        409,
        "position_beyond_head",
        $"The feed ends at position {head}; {position} is beyond it, so this position is of another database, or of a later state of this one, which was "
        + $"restored since. Go on from {head} to get what follows now, or read again from 0 and know by the events' ids what you have.");

    /// <param name="isStream">A stream goes on after <c>Last-Event-ID</c>, which a client sends when it connects again.</param>
    public static (FeedQuery? Query, Refusal? Refusal) Read(HttpRequest request, FeedParameters sent, bool isStream)
    {
        var validation = new Validation();
        validation.KnownOnly(request.Query, "after", "types", "limit", "wait");
        var query = new FeedQuery(
            Position(validation, "after", sent.After),
            TypesOf(validation, sent.Types),
            validation.Whole("limit", sent.Limit, least: 1, LimitMax, LimitDefault),
            TimeSpan.FromSeconds(validation.Whole("wait", sent.Wait, least: 0, WaitSecondsMax, otherwise: 0)));
        if (isStream && request.Headers[LastEventId] is [{ Length: > 0 } last])
        {
            query = query with { After = Position(validation, LastEventId, last) };
        }

        return validation.ToRefusal() is { } refusal ? (null, refusal) : (query, null);
    }

    private static long Position(Validation validation, string name, string? text)
    {
        if (text is null) return 0;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var position)) return position;
        validation.Add(name, "A position is expected: a whole number from 0, like the nextAfter of the page before.");
        return 0;
    }

    private static IReadOnlyCollection<string>? TypesOf(Validation validation, string? text)
    {
        if (text is null) return null;
        var types = text.Split(',', StringSplitOptions.TrimEntries).Distinct(StringComparer.Ordinal).ToArray();
        if (Array.TrueForAll(types, IntegrationEventTypes.All.Contains)) return types;
        validation.Add(
            "types",
            $"Full names separated by commas are expected, like {IntegrationEventTypes.LeadMarketingQualified}; there are "
            + $"{string.Join(", ", IntegrationEventTypes.All)}.");
        return null;
    }
}
