using System.Globalization;
using System.Threading.RateLimiting;
using LeadScoring.Host.Access;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace LeadScoring.Host.Http;

/// <summary>How large a request's body may be, in bytes.</summary>
public static class BodyLimits
{
    /// <summary>Every body but a batch.</summary>
    public const int BytesMax = 64 * 1024;

    /// <summary>A batch of engagements; also the most the server takes at all.</summary>
    public const int BatchBytesMax = 1024 * 1024;
}

/// <summary>What the server takes from a connection before anything of ours runs.</summary>
public static class ServerLimits
{
    private const int ConnectionsMax = 10_000;
    private const int HeadersMax = 64;
    private const int HeaderBytesMax = 16 * 1024;
    private const double BodyBytesPerSecondMin = 240;
    private static readonly TimeSpan BodyGrace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan KeepAliveTimeout = TimeSpan.FromMinutes(2);

    public static void Set(KestrelServerOptions server)
    {
        server.AddServerHeader = false;
        var limits = server.Limits;
        limits.MaxConcurrentConnections = ConnectionsMax;
        limits.MaxRequestHeaderCount = HeadersMax;
        limits.MaxRequestHeadersTotalSize = HeaderBytesMax;
        limits.RequestHeadersTimeout = HeadersTimeout;
        limits.KeepAliveTimeout = KeepAliveTimeout;
        limits.MaxRequestBodySize = BodyLimits.BatchBytesMax;
        limits.MinRequestBodyDataRate = new MinDataRate(BodyBytesPerSecondMin, BodyGrace);
    }
}

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

/// <summary>A token bucket per tenant, so that one tenant's flood is not every tenant's.</summary>
public static class TenantRateLimit
{
    private const int PeriodsPerSecond = 10;

    public static void Set(RateLimiterOptions limiter, LimitOptions options)
    {
        var smooth = options.RequestsPerSecond >= PeriodsPerSecond;
        var bucket = new TokenBucketRateLimiterOptions
        {
            TokenLimit = options.Burst,
            TokensPerPeriod = smooth ? options.RequestsPerSecond / PeriodsPerSecond : options.RequestsPerSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(smooth ? 1.0 / PeriodsPerSecond : 1),
            QueueLimit = 0,
        };

        // Pages, health and requests that were refused already have no caller.
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(http =>
            http.Features.Get<Caller>() is { } caller
                ? RateLimitPartition.GetTokenBucketLimiter(caller.TenantId, _ => bucket)
                : RateLimitPartition.GetNoLimiter(""));
        limiter.OnRejected = (rejected, _) =>
        {
            var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromSeconds(1);
            var refusal = new Refusal(
                429, "too_many_requests", $"This tenant sends more than {options.RequestsPerSecond} requests a second; slow down.")
            {
                RetryAfterSeconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)),
            };
            return new ValueTask(Problems.WriteAsync(rejected.HttpContext, refusal));
        };
    }
}
