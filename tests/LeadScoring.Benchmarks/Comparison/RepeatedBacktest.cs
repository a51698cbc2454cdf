using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using LeadScoring.Benchmarks.Stack;

namespace LeadScoring.Benchmarks.Comparison;

/// <summary>Keeps a service busy with one backtest after another until it is disposed of.</summary>
internal sealed class RepeatedBacktest : IAsyncDisposable
{
    private const string Path = "/v1/scoring-models/1/backtests";
    private static readonly TimeSpan LookPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan OncePause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(30);

    private readonly HttpClient client;
    private readonly CancellationTokenSource stop = new();
    private readonly TaskCompletionSource running = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task loop;

    private RepeatedBacktest(ServiceProcess service)
    {
        client = ClientOf(service);
        loop = RunAsync();
    }

    /// <summary>One backtest of the whole history, from asking for it to its report.</summary>
    /// <exception cref="BenchmarkFailure">It failed.</exception>
    public static async Task RunOnceAsync(ServiceProcess service, CancellationToken ct)
    {
        using var client = ClientOf(service);
        using var answer = await client.PostAsJsonAsync(Path, new { }, ct);
        answer.EnsureSuccessStatusCode();
        while (await StateAsync(client, answer.Headers.Location!) is "queued" or "running") await Task.Delay(OncePause, ct);
    }

    /// <summary>Returns when the first one is running.</summary>
    /// <exception cref="BenchmarkFailure">None began.</exception>
    public static async Task<RepeatedBacktest> StartAsync(ServiceProcess service)
    {
        var repeated = new RepeatedBacktest(service);
        if (await Task.WhenAny(repeated.running.Task, repeated.loop, Task.Delay(StartMax)) == repeated.running.Task) return repeated;
        await repeated.DisposeAsync();
        throw new BenchmarkFailure($"No backtest began within {StartMax.TotalSeconds:0} s.");
    }

    /// <exception cref="BenchmarkFailure">A backtest failed.</exception>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await loop;
        client.Dispose();
        stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            using var answer = await client.PostAsJsonAsync(Path, new { }, CancellationToken.None);
            answer.EnsureSuccessStatusCode();
            var location = answer.Headers.Location!;
            for (string state; (state = await StateAsync(client, location)) is "queued" or "running";)
            {
                if (state == "running") running.TrySetResult();
                if (stop.IsCancellationRequested) await client.PostAsync($"{location}/cancel", content: null, CancellationToken.None);
                await Task.Delay(LookPause);
            }
        }
    }

    private static HttpClient ClientOf(ServiceProcess service)
    {
        var client = new HttpClient { BaseAddress = new($"http://{service.EndPoint}") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", service.ApiKey);
        return client;
    }

    private static async Task<string> StateAsync(HttpClient client, Uri location) =>
        (await client.GetFromJsonAsync<JsonElement>(location)).GetProperty("state").GetString() is { } state and not "failed"
            ? state
            : throw new BenchmarkFailure("A backtest failed.");
}
