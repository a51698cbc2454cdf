using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Access;

/// <summary>
/// How often one remote address may present a key that is none. Only failures count, and keys that are known to be good
/// pass however many others fail beside them.
/// </summary>
public sealed class GuessLimit : IDisposable
{
    private const int NetworkBytesV6 = 8; // One customer commonly has a /64 to himself.
    private readonly PartitionedRateLimiter<HttpContext> limiter;

    public GuessLimit(LimitOptions options)
    {
        var bucket = new TokenBucketRateLimiterOptions
        {
            TokenLimit = options.FailedAuthenticationsPerMinute,
            TokensPerPeriod = options.FailedAuthenticationsPerMinute,
            ReplenishmentPeriod = TimeSpan.FromMinutes(1),
            QueueLimit = 0,
        };
        limiter = PartitionedRateLimiter.Create<HttpContext, IPAddress>(
            http => RateLimitPartition.GetTokenBucketLimiter(AddressOf(http), _ => bucket));
    }

    /// <summary>Whether the caller's address has failed too often lately.</summary>
    public bool IsExhausted(HttpContext http) =>
        // Acquiring nothing would succeed on the fraction of a token that has dripped in meanwhile.
        limiter.GetStatistics(http) is { CurrentAvailablePermits: < 1 };

    public void CountFailure(HttpContext http) => limiter.AttemptAcquire(http).Dispose();

    public void Dispose() => limiter.Dispose();

    private static IPAddress AddressOf(HttpContext http)
    {
        var address = http.Connection.RemoteIpAddress ?? IPAddress.None;
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || address.IsIPv4MappedToIPv6) return address;
        var bytes = address.GetAddressBytes();
        Array.Clear(bytes, NetworkBytesV6, bytes.Length - NetworkBytesV6);
        return new IPAddress(bytes);
    }
}
