using System.Text;
using LeadScoring.Benchmarks.Load;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.Benchmarks.Traffic;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>The explanation of one lead with very many engagements, every line of it.</summary>
internal sealed class Explanations(ServiceProcess service, Guid lead) : IScenario
{
    private const int Batch = 1_000;

    /// <summary>Posts the lead's engagements first, a batch an hour.</summary>
    /// <param name="traffic">Of one lead, with as many templates as a batch holds.</param>
    /// <exception cref="BenchmarkFailure">An engagement was not recorded.</exception>
    public static async Task<Explanations> MakeAsync(ServiceProcess service, EngagementTraffic traffic, int engagements, Ledger ledger, CancellationToken ct)
    {
        using var connection = await HttpConnection.OpenAsync(service.EndPoint, ct);
        var request = new PostRequest("/v1/engagements/batch", service.ApiKey);
        HttpAnswer answer = default;
        for (var left = engagements; left > 0; left -= Batch)
        {
            answer = await connection.ExchangeAsync(request.Compose(traffic.InTurn(first: 0, Batch), DateTime.UtcNow.AddHours(-left / Batch)));
            Answers.Expect(answer, 200, Encoding.ASCII.GetBytes($"{{\"recorded\":{Batch},\"duplicates\":0,\"rejected\":0,"));
            ledger.Add(Batch);
        }

        var at = answer.BodyStart.Span.IndexOf("\"leadId\":\""u8) + "\"leadId\":\"".Length;
        return new(service, Guid.ParseExact(Encoding.ASCII.GetString(answer.BodyStart.Span.Slice(at, 36)), "D"));
    }

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
