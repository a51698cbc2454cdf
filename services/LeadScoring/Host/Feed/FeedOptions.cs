using System.Globalization;

namespace LeadScoring.Host.Feed;

/// <summary>How the feed is told and to how many at once.</summary>
/// <param name="PublicUrl">Where others reach the service, without a slash at its end; empty: links are relative.</param>
/// <param name="StreamsMax">Open streams and waiting requests of one instance.</param>
/// <param name="StreamsPerTenantMax">The same of one tenant.</param>
/// <param name="StreamAgeMax">A stream ends after this, so that a revoked key does not read on; clients go on in the next one.</param>
/// <param name="UnreadableWaitMax">
/// How long the feed waits for an instance that can read an event this one cannot, before it goes on without it.
/// </param>
public sealed record FeedOptions(
    string PublicUrl, int StreamsMax, int StreamsPerTenantMax, TimeSpan StreamAgeMax, TimeSpan UnreadableWaitMax)
{
    private const int CountMax = 100_000;
    private const int SecondsMax = 86_400;

    public static FeedOptions Default { get; } = new("", StreamsMax: 2_000, StreamsPerTenantMax: 200, TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(30));

    /// <summary>
    /// Reads <c>PublicUrl</c>, <c>Feed:StreamsMax</c>, <c>:StreamsPerTenantMax</c>, <c>:StreamSecondsMax</c> and <c>:UnreadableSecondsMax</c>.
    /// </summary>
    /// <exception cref="StartupRefusal">A setting is not what it must be.</exception>
    public static FeedOptions From(IConfiguration configuration) => new(
        UrlFrom(configuration),
        Number(configuration, "Feed:StreamsMax", CountMax) ?? Default.StreamsMax,
        Number(configuration, "Feed:StreamsPerTenantMax", CountMax) ?? Default.StreamsPerTenantMax,
        Seconds(configuration, "Feed:StreamSecondsMax") ?? Default.StreamAgeMax,
        Seconds(configuration, "Feed:UnreadableSecondsMax") ?? Default.UnreadableWaitMax);

    private static string UrlFrom(IConfiguration configuration)
    {
        if (configuration["PublicUrl"] is not { Length: > 0 } text) return Default.PublicUrl;
        var isPlain = Uri.TryCreate(text, UriKind.Absolute, out var url)
            && url.Scheme is "http" or "https"
            && url is { UserInfo.Length: 0, Query.Length: 0, Fragment.Length: 0 };
        return isPlain
            ? text.TrimEnd('/')
            : throw new StartupRefusal("PublicUrl is not an address like https://leads.example.com, without user, query or fragment.");
    }

    private static TimeSpan? Seconds(IConfiguration configuration, string key) =>
        Number(configuration, key, SecondsMax) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    private static int? Number(IConfiguration configuration, string key, int max)
    {
        if (configuration[key] is not { Length: > 0 } text) return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= max
            ? number
            : throw new StartupRefusal($"{key} is '{text}': give a number from 1 to {max}, or leave it out.");
    }
}
