using System.Diagnostics;
using LeadScoring.EventStore;
using LeadScoring.EventStore.Events;
using LeadScoring.Host.Leads;

namespace LeadScoring.Benchmarks.Rebuilds;

/// <summary>F: the whole log read in order, every body parsed to its event, and nothing else: what a rebuild cannot beat on one connection.</summary>
internal sealed class LogRead(IEventStore store)
{
    private const int PageMax = 20_000;

    private readonly EventTypes types = new(LeadEvents.Types);

    /// <returns>Events/s.</returns>
    /// <exception cref="BenchmarkFailure">The log holds another number of events, or one of a type nobody knows.</exception>
    public async Task<double> RunAsync(long expected, CancellationToken ct)
    {
        var startedAt = Stopwatch.GetTimestamp();
        var (events, after, atEnd) = (0L, 0L, false);
        while (!atEnd)
        {
            var page = await store.ReadLogAsync(after, PageMax, ct);
            foreach (var recorded in page.Events)
            {
                if (types.Read(recorded) is UnknownEvent) throw new BenchmarkFailure($"F: the seeded log holds an event of the unknown type {recorded.Type}.");
                events++;
            }

            (after, atEnd) = (page.NextAfter, page.AtEnd);
        }

        return events == expected
            ? events / Stopwatch.GetElapsedTime(startedAt).TotalSeconds
            : throw new BenchmarkFailure($"F: {expected:N0} events were seeded and {events:N0} read.");
    }
}
