using System.Text;
using LeadScoring.Benchmarks.Load;
using LeadScoring.Benchmarks.Stack;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>The explanation of one lead with very many engagements, every line of it.</summary>
internal sealed class Explanations(ServiceProcess service, Guid lead) : IScenario
{
    public string Name => "explanation-5000";

    public string Unit => "requests";

    public int Clients => 4;

    public async ValueTask<ILoadClient> ConnectAsync(int number, CancellationToken ct) => new Client(
        await HttpConnection.OpenAsync(service.EndPoint, ct),
        GetRequest.Compose($"/v1/leads/{lead}/score", service.ApiKey),
        Encoding.ASCII.GetBytes($"{{\"leadId\":\"{lead}\",\"score\":"));

    private sealed class Client(HttpConnection connection, byte[] request, byte[] start) : ILoadClient
    {
        public async ValueTask<int> RunAsync()
        {
            Answers.Expect(await connection.ExchangeAsync(request), 200, start);
            return 1;
        }

        public ValueTask DisposeAsync()
        {
            connection.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
