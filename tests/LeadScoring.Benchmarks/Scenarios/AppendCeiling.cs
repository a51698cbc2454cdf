using LeadScoring.Benchmarks.Traffic;
using LeadScoring.Domain.Leads;
using LeadScoring.EventStore;
using LeadScoring.EventStore.Events;
using LeadScoring.Host.Leads;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>A: what the event store takes from one client: 500 engagements of 500 leads an append, and nothing else.</summary>
internal sealed class AppendCeiling(IEventStore store, Ledger ledger) : IScenario
{
    private const int Batch = 500;

    private readonly EventTypes types = new(LeadEvents.Types);

    // The streams live as long as the run, so their versions do too.
    private readonly (Guid Id, long Version)[] streams =
        [.. Enumerable.Range(0, EngagementTraffic.Leads).Select(_ => (Guid.CreateVersion7(), 0L))];

    private NewEvent[]? bodies;

    public string Name => "A";

    public string Unit => "events";

    public int Clients => 1;

    public ValueTask<ILoadClient> ConnectAsync(int number, CancellationToken ct)
    {
        bodies ??= Bodies();
        Random.Shared.Shuffle(streams);
        return ValueTask.FromResult<ILoadClient>(new Client(store, streams, bodies, ledger));
    }

    private NewEvent[] Bodies()
    {
        var random = new Random(1);
        var metadata = new EventMetadata("0af7651916cd43dd8448eb211c80319c", null, "k_benchmark", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        return [.. Enumerable.Range(0, EngagementTraffic.Leads).Select(i => types.ToNewEvent(Guid.Empty, Fact(i, random), metadata))];
    }

    private static EngagementRecorded Fact(int number, Random random)
    {
        var sample = SampledEngagement.Take(random);
        return new EngagementRecorded(
            sample.Source, $"bench-{number:D12}", sample.Type, DateTimeOffset.UtcNow, null, sample.Campaign, sample.Channel, sample.Asset, null, sample.Properties);
    }

    private sealed class Client(IEventStore store, (Guid Id, long Version)[] streams, NewEvent[] bodies, Ledger ledger) : ILoadClient
    {
        private int next;

        public async ValueTask<int> RunAsync()
        {
            var appends = new StreamAppend[Batch];
            for (var i = 0; i < Batch; i++)
            {
                var (id, version) = streams[next + i];

                // Event ids of engagements are name-based, hence random to the index.
                appends[i] = new StreamAppend(
                    new("benchmark", id), LeadKeys.StreamType, version, [bodies[next + i] with { Id = Guid.NewGuid() }], [], DateTimeOffset.UtcNow);
            }

            var results = await store.AppendAsync(appends, [], CancellationToken.None);
            for (var i = 0; i < Batch; i++)
            {
                if (results[i].Outcome != AppendOutcome.Appended) throw new BenchmarkFailure($"A: an append lost to nobody ({results[i]}).");
                streams[next + i].Version = results[i].Version;
            }

            ledger.Add(Batch);
            next = (next + Batch) % streams.Length;
            return Batch;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
