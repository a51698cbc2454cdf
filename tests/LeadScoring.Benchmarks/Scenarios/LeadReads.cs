using System.Text;
using LeadScoring.Benchmarks.Load;
using LeadScoring.Benchmarks.Stack;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>Leads read by id, spread over all of them.</summary>
internal sealed class LeadReads(ServiceProcess service, IReadOnlyList<Guid> leads) : IScenario
{
    private readonly (byte[] Request, byte[] Id)[] reads =
        [.. leads.Select(id => (GetRequest.Compose($"/v1/leads/{id}", service.ApiKey), Encoding.ASCII.GetBytes($"\"{id}\"")))];

    public string Name => "read-by-id";

    public string Unit => "requests";

    public int Clients => 32;

    public async ValueTask<ILoadClient> ConnectAsync(int number, CancellationToken ct) =>
        new Client(await HttpConnection.OpenAsync(service.EndPoint, ct), reads, new Random(number));

    private sealed class Client(HttpConnection connection, (byte[] Request, byte[] Id)[] reads, Random random) : ILoadClient
    {
        public async ValueTask<int> RunAsync()
        {
            var (request, id) = reads[random.Next(reads.Length)];
            Answers.Expect(await connection.ExchangeAsync(request), 200, id);
            return 1;
        }

        public ValueTask DisposeAsync()
        {
            connection.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
