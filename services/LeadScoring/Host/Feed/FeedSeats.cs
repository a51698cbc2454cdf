using System.Collections.Concurrent;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Feed;

/// <summary>How many may stay connected at once, to the feed or to a job's progress: whoever waits or streams has a seat.</summary>
public sealed class FeedSeats(FeedOptions options)
{
    private readonly ConcurrentDictionary<string, int> _byTenant = new(StringComparer.Ordinal);
    private int _all;

    /// <returns>The seat, to be given back; or why there is none.</returns>
    public (IDisposable? Seat, Refusal? Refusal) Take(string tenantId)
    {
        var seat = new Seat(this, tenantId);
        if (Interlocked.Increment(ref _all) > options.StreamsMax)
        {
            Interlocked.Decrement(ref _all);
            return (null, new(503, "busy", "As many stream or wait here as this instance takes; try again shortly.") { RetryAfterSeconds = 5 });
        }

        if (_byTenant.AddOrUpdate(tenantId, 1, (_, taken) => taken + 1) <= options.StreamsPerTenantMax) return (seat, null);
        seat.Dispose();
        return (null, new(
            429, "too_many_streams", $"This tenant has {options.StreamsPerTenantMax} streams and waiting requests open here; close one.")
        {
            RetryAfterSeconds = 5,
        });
    }

    private sealed class Seat(FeedSeats seats, string tenantId) : IDisposable
    {
        private int _isGivenBack;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isGivenBack, 1) != 0) return;
            seats._byTenant.AddOrUpdate(tenantId, 0, (_, taken) => taken - 1);
            Interlocked.Decrement(ref seats._all);
        }
    }
}
