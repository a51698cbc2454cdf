using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LeadScoring.Benchmarks.Load;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.Benchmarks.Traffic;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>
/// How long after the acknowledgement of a demo request, which hands its lead off, the handoff reaches a consumer that streams the
/// feed over HTTP, while everyday posts come at a fixed rate.
/// </summary>
internal sealed class FeedLag : IScenario
{
    /// <summary>Between two demo requests: about one in a hundred posts.</summary>
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(25);

    private static readonly TimeSpan PauseAtEnd = TimeSpan.FromMilliseconds(5);

    /// <summary>How long the consumer may need, once the load has ended, for what it has not seen yet.</summary>
    private static readonly TimeSpan CatchUpMax = TimeSpan.FromSeconds(10);

    private readonly IScenario posts;
    private readonly ServiceProcess service;
    private readonly Ledger ledger;
    private long demos;

    public FeedLag(string name, double perSecond, ServiceProcess service, EngagementTraffic traffic, Ledger ledger)
    {
        (this.service, this.ledger) = (service, ledger);
        posts = new PacedPosts(EngagementPosts.Single(name, PacedPosts.Connections, service, traffic, ledger), perSecond);
    }

    public string Name => posts.Name;

    public string Unit => posts.Unit;

    public int Clients => posts.Clients;

    public ValueTask<ILoadClient> ConnectAsync(int number, CancellationToken ct) => posts.ConnectAsync(number, ct);

    public async Task<LoadResult> RunAsync(TimeSpan window, Func<Task> atEdge, CancellationToken ct)
    {
        var (handedOffAt, seenAt) = (new ConcurrentDictionary<string, long>(), new ConcurrentDictionary<string, long>());
        var edges = new List<long>();
        using var http = new HttpClient { BaseAddress = new Uri($"http://{service.EndPoint}") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", service.ApiKey);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var noMore = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var consumer = ConsumeAsync(http, await HeadAsync(http, ct), seenAt, stop.Token);
        var asking = AskForDemosAsync(http, handedOffAt, noMore.Token);
        LoadResult load;
        try
        {
            load = await posts.RunAsync(window, EdgeAsync, ct);
            await noMore.CancelAsync();
            await asking;
            for (var giveUpAt = Environment.TickCount64 + (long)CatchUpMax.TotalMilliseconds;
                 !handedOffAt.Keys.All(seenAt.ContainsKey) && !consumer.IsCompleted && Environment.TickCount64 < giveUpAt;)
            {
                await Task.Delay(PauseAtEnd, ct);
            }
        }
        finally
        {
            await noMore.CancelAsync();
            await stop.CancelAsync();
            await consumer;
        }

        return load with { Latency = Lags(handedOffAt, seenAt, new LoadWindow(edges[0], edges[1])) };

        Task EdgeAsync()
        {
            edges.Add(Stopwatch.GetTimestamp());
            return atEdge();
        }
    }

    /// <exception cref="BenchmarkFailure">The consumer never saw a handoff.</exception>
    private LatencyHistogram Lags(
        ConcurrentDictionary<string, long> handedOffAt, ConcurrentDictionary<string, long> seenAt, LoadWindow window)
    {
        var lags = new LatencyHistogram();
        foreach (var (lead, at) in handedOffAt)
        {
            if (!seenAt.TryGetValue(lead, out var seen))
            {
                throw new BenchmarkFailure($"{Name}: a handoff never came ({seenAt.Count} seen, {handedOffAt.Count} acknowledged).");
            }

            if (window.Holds(at)) lags.Add(Math.Max(0, seen - at));
        }

        return lags;
    }

    /// <summary>Each of another, new lead; one after the other, so that asking takes next to nothing from the load.</summary>
    private async Task AskForDemosAsync(HttpClient http, ConcurrentDictionary<string, long> handedOffAt, CancellationToken noMore)
    {
        using var timer = new PeriodicTimer(Between);
        try
        {
            while (await timer.WaitForNextTickAsync(noMore))
            {
                var id = string.Create(CultureInfo.InvariantCulture, $"demo-{++demos}");
                using var body = new StringContent(
                    $$"""
                    { "id": "{{id}}", "source": "feed-lag", "type": "demo_requested", "occurredAt": "{{DateTime.UtcNow:O}}",
                      "lead": { "email": "{{id}}@eager.example" } }
                    """,
                    Encoding.UTF8,
                    "application/json");
                using var answer = await http.PostAsync(new Uri("/v1/engagements", UriKind.Relative), body, CancellationToken.None);
                var receipt = await answer.Content.ReadAsByteArrayAsync(CancellationToken.None);
                var at = Stopwatch.GetTimestamp();
                if (!answer.IsSuccessStatusCode) throw new BenchmarkFailure($"{Name}: a demo request was answered {(int)answer.StatusCode}.");
                ledger.Add(1);
                using var json = JsonDocument.Parse(receipt);
                handedOffAt[json.RootElement.GetProperty("lead").GetProperty("leadId").GetString()!] = at;
            }
        }
        catch (OperationCanceledException) when (noMore.IsCancellationRequested)
        {
            // The load has ended.
        }
    }

    private static async Task<long> HeadAsync(HttpClient http, CancellationToken ct)
    {
        using var page = JsonDocument.Parse(await http.GetByteArrayAsync(new Uri($"/v1/feed?after={long.MaxValue}", UriKind.Relative), ct));
        return page.RootElement.GetProperty("head").GetInt64();
    }

    private async Task ConsumeAsync(HttpClient http, long after, ConcurrentDictionary<string, long> seenAt, CancellationToken ct)
    {
        const string Data = "data: ";
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/feed?after={after}");
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            if (!answer.IsSuccessStatusCode) throw new BenchmarkFailure($"{Name}: the feed answered {(int)answer.StatusCode}.");
            using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(ct), Encoding.UTF8);
            while (await lines.ReadLineAsync(ct) is { } line)
            {
                if (!line.StartsWith(Data, StringComparison.Ordinal)) continue;
                var at = Stopwatch.GetTimestamp();
                using var json = JsonDocument.Parse(line.AsMemory(Data.Length));
                seenAt.TryAdd(json.RootElement.GetProperty("subject").GetString()!, at);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Everything was seen.
        }
    }
}
