using LeadScoring.Benchmarks.Traffic;
using LeadScoring.EventStore;
using LeadScoring.Host.Leads;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>What our event store takes from one client: 500 engagements of 500 leads an append, versions judged, and nothing else.</summary>
internal sealed class StoreAppends(IEventStore store, StoredRows rows, Ledger ledger) : IScenario
{
    private const int Batch = 500;

    // The streams live as long as the run, so their versions do too.
    private readonly (Guid Id, long Version)[] streams =
        [.. Enumerable.Range(0, EngagementTraffic.Leads).Select(_ => (Guid.CreateVersion7(), 0L))];

    public string Name => "append-500";

    public string Unit => "events";

    public int Clients => 1;

    public ValueTask<ILoadClient> ConnectAsync(int number, CancellationToken ct)
    {
        Random.Shared.Shuffle(streams);
        return ValueTask.FromResult<ILoadClient>(new Client(store, streams, rows.Events, ledger));
    }

    private sealed class Client(
        IEventStore store, (Guid Id, long Version)[] streams, IReadOnlyList<NewEvent> events, Ledger ledger) : ILoadClient
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
                    new(StoredRows.TenantId, id), LeadKeys.StreamType, version, [events[next + i] with { Id = Guid.NewGuid() }], [], DateTimeOffset.UtcNow);
            }

            var results = await store.AppendAsync(appends, [], CancellationToken.None);
            for (var i = 0; i < Batch; i++)
            {
                if (results[i].Outcome != AppendOutcome.Appended) throw new BenchmarkFailure($"append-500: an append lost to nobody ({results[i]}).");
                streams[next + i].Version = results[i].Version;
            }

            ledger.Add(Batch);
            next = (next + Batch) % streams.Length;
            return Batch;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
