using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace LeadScoring.Host.Http;

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
