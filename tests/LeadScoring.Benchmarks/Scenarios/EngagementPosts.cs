using System.Text;
using LeadScoring.Benchmarks.Load;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.Benchmarks.Traffic;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>New engagements: one a request, or a batch. Anything but their being recorded is a failure, conflicts not least.</summary>
internal sealed class EngagementPosts : IScenario
{
    private readonly ServiceProcess service;
    private readonly EngagementTraffic traffic;
    private readonly Ledger ledger;
    private readonly int batch;

    private EngagementPosts(string name, int clients, int batch, ServiceProcess service, EngagementTraffic traffic, Ledger ledger)
    {
        (Name, Clients, this.batch) = (name, clients, batch);
        (this.service, this.traffic, this.ledger) = (service, traffic, ledger);
    }

    public string Name { get; }

    public string Unit => "events";

    public int Clients { get; }

    public static EngagementPosts Single(int clients, ServiceProcess service, EngagementTraffic traffic, Ledger ledger) =>
        Single($"single-{clients}", clients, service, traffic, ledger);

    public static EngagementPosts Single(string name, int clients, ServiceProcess service, EngagementTraffic traffic, Ledger ledger) =>
        new(name, clients, batch: 1, service, traffic, ledger);

    public static EngagementPosts Batches(int of, int clients, ServiceProcess service, EngagementTraffic traffic, Ledger ledger) =>
        new($"batch-{of}", clients, of, service, traffic, ledger);

    public async ValueTask<ILoadClient> ConnectAsync(int number, CancellationToken ct) => new Client(
        await HttpConnection.OpenAsync(service.EndPoint, ct), service.ApiKey, batch, traffic, new Random(number), ledger);

    private sealed class Client(
        HttpConnection connection,
        string apiKey,
        int batch,
        EngagementTraffic traffic,
        Random random,
        Ledger ledger) : ILoadClient
    {
        private readonly PostRequest request = new(batch == 1 ? "/v1/engagements" : "/v1/engagements/batch", apiKey);
        private readonly byte[] accepted = Encoding.ASCII.GetBytes(
            batch == 1 ? "\"duplicate\":false" : $"{{\"recorded\":{batch},\"duplicates\":0,\"rejected\":0,");

        public async ValueTask<int> RunAsync()
        {
            var body = traffic.Pick(random, batch);
            var answer = await connection.ExchangeAsync(request.Compose(body, DateTime.UtcNow));
            Answers.Expect(answer, batch == 1 ? 201 : 200, accepted);
            ledger.Add(batch);
            return batch;
        }

        public ValueTask DisposeAsync()
        {
            connection.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
