using System.Collections.Concurrent;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Feed;

/// <summary>How many may stay connected at once, to the feed or to a job's progress: streams and waiting requests.</summary>
public sealed class OpenStreams(FeedOptions options)
{
    private readonly ConcurrentDictionary<string, int> _byTenant = new(StringComparer.Ordinal);
    private int _all;

    /// <returns>The open stream, disposed of when it ends; or why there can be none.</returns>
    public (IDisposable? Stream, Refusal? Refusal) TryOpen(string tenantId)
    {
        var stream = new OpenStream(this, tenantId);
        if (Interlocked.Increment(ref _all) > options.StreamsMax)
        {
            Interlocked.Decrement(ref _all);
            return (null, new(503, "busy", "As many stream or wait here as this instance takes; try again shortly.") { RetryAfterSeconds = 5 });
        }

        if (_byTenant.AddOrUpdate(tenantId, 1, (_, open) => open + 1) <= options.StreamsPerTenantMax) return (stream, null);
        stream.Dispose();
        return (null, new(
            429, "too_many_streams", $"This tenant has {options.StreamsPerTenantMax} streams and waiting requests open here; close one.")
        {
            RetryAfterSeconds = 5,
        });
    }

    private sealed class OpenStream(OpenStreams all, string tenantId) : IDisposable
    {
        private int _isEnded;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isEnded, 1) != 0) return;
            all._byTenant.AddOrUpdate(tenantId, 0, (_, open) => open - 1);
            Interlocked.Decrement(ref all._all);
        }
    }
}
