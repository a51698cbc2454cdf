using System.Threading.RateLimiting;
using LeadScoring.Host.Access;
using Microsoft.AspNetCore.RateLimiting;

namespace LeadScoring.Host.Http;

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
