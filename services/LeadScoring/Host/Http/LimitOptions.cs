using System.Globalization;

namespace LeadScoring.Host.Http;

/// <summary>How much callers may ask of one instance.</summary>
/// <param name="RequestsPerSecond">Of one tenant, in the long run; a batch is one request.</param>
/// <param name="Burst">Of one tenant, at once.</param>
/// <param name="FailedAuthenticationsPerMinute">Of one remote address.</param>
public sealed record LimitOptions(int RequestsPerSecond, int Burst, int FailedAuthenticationsPerMinute)
{
    private const int ValueMax = 10_000_000;

    public static LimitOptions Default { get; } = new(RequestsPerSecond: 20_000, Burst: 40_000, FailedAuthenticationsPerMinute: 60);

    /// <summary>Reads <c>Limits:RequestsPerSecond</c>, <c>Limits:Burst</c> (twice that) and <c>Limits:FailedAuthenticationsPerMinute</c>.</summary>
    /// <exception cref="StartupRefusal">A setting is not a number in its range.</exception>
    public static LimitOptions From(IConfiguration configuration)
    {
        var perSecond = Number(configuration, "RequestsPerSecond") ?? Default.RequestsPerSecond;
        return new LimitOptions(
            perSecond,
            Number(configuration, "Burst") ?? Math.Min(perSecond * 2, ValueMax),
            Number(configuration, "FailedAuthenticationsPerMinute") ?? Default.FailedAuthenticationsPerMinute);
    }

    private static int? Number(IConfiguration configuration, string key)
    {
        if (configuration[$"Limits:{key}"] is not { Length: > 0 } text) return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= ValueMax
            ? number
            : throw new StartupRefusal($"Limits:{key} is '{text}': give a number from 1 to {ValueMax}, or leave it out.");
    }
}
