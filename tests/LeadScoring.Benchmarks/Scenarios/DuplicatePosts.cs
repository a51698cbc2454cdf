using LeadScoring.Benchmarks.Load;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.Benchmarks.Traffic;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>Producers that retry: nine of ten posts repeat an earlier one, byte for byte, and are told so.</summary>
internal sealed class DuplicatePosts(ServiceProcess service, EngagementTraffic traffic, Ledger ledger) : IScenario
{
    private const int NewOneIn = 10;

    /// <summary>Of one client; what is repeated is any of them.</summary>
    private const int RememberedMax = 1_000;

    public string Name => "duplicates-32";

    public string Unit => "requests";

    public int Clients => 32;

    public async ValueTask<ILoadClient> ConnectAsync(int number, CancellationToken ct) =>
        new Client(await HttpConnection.OpenAsync(service.EndPoint, ct), service.ApiKey, traffic, new Random(number), ledger);

    private sealed class Client(
        HttpConnection connection, string apiKey, EngagementTraffic traffic, Random random, Ledger ledger) : ILoadClient
    {
        private readonly PostRequest request = new("/v1/engagements", apiKey);
        private readonly List<byte[]> earlier = new(RememberedMax);
        private int turn;

        public async ValueTask<int> RunAsync()
        {
            if (turn++ % NewOneIn > 0)
            {
                Answers.Expect(await connection.ExchangeAsync(earlier[random.Next(earlier.Count)]), 200, "\"duplicate\":true"u8);
                return 1;
            }

            var fresh = request.Compose(traffic.Pick(random, count: 1), DateTime.UtcNow);
            Answers.Expect(await connection.ExchangeAsync(fresh), 201, "\"duplicate\":false"u8);
            ledger.Add(1);
            Remember(fresh.ToArray());
            return 1;
        }

        public ValueTask DisposeAsync()
        {
            connection.Dispose();
            return ValueTask.CompletedTask;
        }

        private void Remember(byte[] post)
        {
            if (earlier.Count < RememberedMax) earlier.Add(post);
            else earlier[random.Next(RememberedMax)] = post;
        }
    }
}
