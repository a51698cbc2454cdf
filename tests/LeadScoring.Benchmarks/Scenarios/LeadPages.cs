using LeadScoring.Benchmarks.Load;
using LeadScoring.Benchmarks.Stack;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>Pages of a tenant's leads by score, 50 a page: half of them the first page, half from a cursor deep in the list.</summary>
/// <param name="apiKey">Of the tenant with the many leads.</param>
/// <param name="cursors">At least one.</param>
internal sealed class LeadPages(ServiceProcess service, string apiKey, IReadOnlyList<string> cursors) : IScenario
{
    public string Name => "list-by-score";

    public string Unit => "requests";

    public int Clients => 4;

    public async ValueTask<ILoadClient> ConnectAsync(int number, CancellationToken ct)
    {
        var first = GetRequest.Compose("/v1/leads?sort=score", apiKey);
        byte[][] deeper = [.. cursors.Select(cursor => GetRequest.Compose($"/v1/leads?sort=score&cursor={cursor}", apiKey))];
        return new Client(await HttpConnection.OpenAsync(service.EndPoint, ct), first, deeper, new Random(number));
    }

    private sealed class Client(HttpConnection connection, byte[] first, byte[][] deeper, Random random) : ILoadClient
    {
        public async ValueTask<int> RunAsync()
        {
            var request = random.Next(2) == 0 ? first : deeper[random.Next(deeper.Length)];
            Answers.Expect(await connection.ExchangeAsync(request), 200, "{\"leads\":[{\"leadId\":"u8);
            return 1;
        }

        public ValueTask DisposeAsync()
        {
            connection.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
