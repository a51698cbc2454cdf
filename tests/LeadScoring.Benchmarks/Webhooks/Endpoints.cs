using System.Collections.Concurrent;
using System.Diagnostics;
using LeadScoring.Benchmarks.Load;
using LeadScoring.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LeadScoring.Benchmarks.Webhooks;

/// <summary>Receivers, one path each: those that live note when each event came; those that hang answer nobody.</summary>
internal sealed class Endpoints : IAsyncDisposable
{
    private const string Live = "/live/";

    private readonly WebApplication app;
    private readonly ConcurrentDictionary<Guid, long> publishedAt = new();
    private readonly ConcurrentDictionary<(string Path, string Id), bool> taken = new();
    private readonly Lock latencyLock = new();
    private readonly CancellationTokenSource end = new();
    private int repeats;

    private Endpoints()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        app.Run(TakeAsync);
    }

    /// <summary>From publication to receipt.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>Different events taken, over all live endpoints.</summary>
    public int Taken => taken.Count;

    /// <summary>How often an event came that had come before.</summary>
    public int Repeats => Volatile.Read(ref repeats);

    public static async Task<Endpoints> StartAsync(CancellationToken ct)
    {
        var endpoints = new Endpoints();
        await endpoints.app.StartAsync(ct);
        return endpoints;
    }

    public string LiveUrl(int number) => $"{app.Urls.First()}{Live}{number}";

    public string HangingUrl(int number) => $"{app.Urls.First()}/hangs/{number}";

    /// <summary>The event is about to be committed.</summary>
    public void Publish(Guid eventId) => publishedAt[eventId] = Stopwatch.GetTimestamp();

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        await app.DisposeAsync();
        end.Dispose();
    }

    private async Task TakeAsync(HttpContext http)
    {
        var now = Stopwatch.GetTimestamp();
        var path = http.Request.Path.Value!;
        if (!path.StartsWith(Live, StringComparison.Ordinal))
        {
            using var gone = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, end.Token);
            await Task.Delay(Timeout.Infinite, gone.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        await http.Request.Body.CopyToAsync(Stream.Null);
        var id = http.Request.Headers[WebhookSignature.IdHeader].ToString();
        if (!taken.TryAdd((path, id), value: true)) Interlocked.Increment(ref repeats);
        else if (publishedAt.TryGetValue(Guid.Parse(id), out var at))
        {
            lock (latencyLock) Latency.Add(now - at);
        }
    }
}
