using LeadScoring.EventStore;
using LeadScoring.EventStore.Events;
using LeadScoring.Host.Leads;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>F: the log from its first event to its last and again, in pages of 20,000, each body made the .NET event it tells of.</summary>
internal sealed class LogReads(IEventStore store) : IScenario
{
    private const int Page = 20_000;

    private readonly EventTypes types = new(LeadEvents.Types);
    private long after;

    public string Name => "F";

    public string Unit => "events";

    public int Clients => 1;

    public ValueTask<ILoadClient> ConnectAsync(int number, CancellationToken ct) => ValueTask.FromResult<ILoadClient>(new Client(this));

    private async ValueTask<int> ReadAsync()
    {
        var page = await store.ReadLogAsync(after, Page, CancellationToken.None);
        foreach (var recorded in page.Events)
        {
            if (types.Read(recorded) is UnknownEvent) throw new BenchmarkFailure($"F: the log holds an event of the unknown type {recorded.Type}.");
        }

        after = page.AtEnd ? 0 : page.NextAfter;
        return page.Events.Count;
    }

    private sealed class Client(LogReads log) : ILoadClient
    {
        public ValueTask<int> RunAsync() => log.ReadAsync();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
