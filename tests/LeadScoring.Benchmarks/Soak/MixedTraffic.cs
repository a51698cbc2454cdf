using LeadScoring.Benchmarks.Load;
using LeadScoring.Benchmarks.Scenarios;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.Benchmarks.Traffic;

namespace LeadScoring.Benchmarks.Soak;

/// <summary>What a service sees in a day: mostly single posts, now and then a batch, a repeat, a read, a page of a list.</summary>
internal sealed class MixedTraffic(ServiceProcess service, EngagementTraffic traffic, IReadOnlyList<Guid> leads, Ledger ledger) : IScenario
{
    private const int BatchOf = 100;

    // Of a thousand operations; the rest are single posts.
    private const int Batches = 10;
    private const int Repeats = 90;
    private const int Reads = 170;
    private const int Pages = 30;
    private const int AllOperations = 1000;

    private static readonly string[] ListPaths =
        ["/v1/leads", "/v1/leads?sort=updated_at&limit=100", "/v1/leads?sort=last_engaged_at", "/v1/leads?queue=review", "/v1/leads?minScore=50&limit=200"];

    private readonly LeadReads reads = new(service, leads);

    public string Name => "mixed";

    public string Unit => "operations";

    public int Clients => 64;

    public async ValueTask<ILoadClient> ConnectAsync(int number, CancellationToken ct)
    {
        var singles = EngagementPosts.Single(Clients, service, traffic, ledger);
        var batches = EngagementPosts.Batches(BatchOf, Clients, service, traffic, ledger);
        return new Client(
            await singles.ConnectAsync(number, ct),
            await batches.ConnectAsync(number, ct),
            await reads.ConnectAsync(number, ct),
            new RepeatAndList(await HttpConnection.OpenAsync(service.EndPoint, ct), service.ApiKey, traffic, new Random(number), ledger),
            new Random(number));
    }

    private sealed class Client(ILoadClient single, ILoadClient batch, ILoadClient read, RepeatAndList other, Random random) : ILoadClient
    {
        public async ValueTask<int> RunAsync()
        {
            var turn = random.Next(AllOperations);
            if (turn < Batches) await batch.RunAsync();
            else if (turn < Batches + Repeats) await other.RepeatAsync();
            else if (turn < Batches + Repeats + Reads) await read.RunAsync();
            else if (turn < Batches + Repeats + Reads + Pages) await other.ListAsync(ListPaths[turn % ListPaths.Length]);
            else await single.RunAsync();
            return 1;
        }

        public async ValueTask DisposeAsync()
        {
            await single.DisposeAsync();
            await batch.DisposeAsync();
            await read.DisposeAsync();
            other.Dispose();
        }
    }

    /// <summary>Every other repeat is the first post of its kind, so that there is something to repeat.</summary>
    private sealed class RepeatAndList(
        HttpConnection connection, string apiKey, EngagementTraffic traffic, Random random, Ledger ledger) : IDisposable
    {
        private readonly PostRequest request = new("/v1/engagements", apiKey);
        private ReadOnlyMemory<byte> posted;

        public async ValueTask RepeatAsync()
        {
            if (!posted.IsEmpty)
            {
                Answers.Expect(await connection.ExchangeAsync(posted), 200, "\"duplicate\":true"u8);
                posted = default;
                return;
            }

            posted = request.Compose(traffic.Pick(random, count: 1), DateTime.UtcNow);
            Answers.Expect(await connection.ExchangeAsync(posted), 201, "\"duplicate\":false"u8);
            ledger.Add(1);
        }

        public async ValueTask ListAsync(string path) =>
            Answers.Expect(await connection.ExchangeAsync(GetRequest.Compose(path, apiKey)), 200, "{\"leads\":["u8);

        public void Dispose() => connection.Dispose();
    }
}
