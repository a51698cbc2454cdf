using LeadScoring.Benchmarks.Load;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.Benchmarks.Traffic;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>Single posts of many tenants at once, each client posting for any of them.</summary>
/// <param name="tenants">Each with leads of its own.</param>
internal sealed class TenantPosts(
    string name, int clients, ServiceProcess service, IReadOnlyList<(string ApiKey, EngagementTraffic Traffic)> tenants, Ledger ledger) : IScenario
{
    public string Name => name;

    public string Unit => "events";

    public int Clients => clients;

    public async ValueTask<ILoadClient> ConnectAsync(int number, CancellationToken ct)
    {
        (PostRequest, EngagementTraffic)[] posts = [.. tenants.Select(t => (new PostRequest("/v1/engagements", t.ApiKey), t.Traffic))];
        return new Client(await HttpConnection.OpenAsync(service.EndPoint, ct), posts, new Random(number), ledger);
    }

    private sealed class Client(
        HttpConnection connection, (PostRequest Request, EngagementTraffic Traffic)[] posts, Random random, Ledger ledger) : ILoadClient
    {
        public async ValueTask<int> RunAsync()
        {
            var (request, traffic) = posts[random.Next(posts.Length)];
            var answer = await connection.ExchangeAsync(request.Compose(traffic.Pick(random, count: 1), DateTime.UtcNow));
            Answers.Expect(answer, 201, "\"duplicate\":false"u8);
            ledger.Add(1);
            return 1;
        }

        public ValueTask DisposeAsync()
        {
            connection.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
