using LeadScoring.Benchmarks.Load;
using LeadScoring.Benchmarks.Stack;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>H: a request that does nothing, through the same server and pipeline.</summary>
internal sealed class HttpCeiling(ServiceProcess service) : IScenario
{
    public string Name => "H";

    public string Unit => "requests";

    public int Clients => 32;

    public async ValueTask<ILoadClient> ConnectAsync(int number, CancellationToken ct) =>
        new Client(await HttpConnection.OpenAsync(service.EndPoint, ct), GetRequest.Compose("/health/live", service.ApiKey));

    private sealed class Client(HttpConnection connection, byte[] request) : ILoadClient
    {
        public async ValueTask<int> RunAsync()
        {
            var answer = await connection.ExchangeAsync(request);
            Answers.Expect(answer, 200, "\"live\""u8);
            return 1;
        }

        public ValueTask DisposeAsync()
        {
            connection.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
