using System.Diagnostics;
using LeadScoring.Benchmarks.Scenarios;

namespace LeadScoring.Benchmarks.Load;

/// <summary>
/// Closed loop: each client sends its next operation when the last one is answered. It finds the throughput at a concurrency; its
/// latencies are those of a server that is never asked faster than it answers.
/// </summary>
internal static class ClosedLoop
{
    /// <param name="atEdge">Called when the window opens and when it closes.</param>
    /// <exception cref="BenchmarkFailure">An operation failed or was not answered in time.</exception>
    public static Task<LoadResult> RunAsync(IScenario scenario, TimeSpan window, Func<Task> atEdge, CancellationToken ct) =>
        LoadWindow.RunAsync(
            scenario, window, atEdge, (clients, edges) => [.. clients.Select(client => Task.Run(() => LoopAsync(client, edges, ct), ct))], ct);

    private static async Task<LoadCount> LoopAsync(ILoadClient client, LoadWindow window, CancellationToken ct)
    {
        var latency = new LatencyHistogram();
        var units = 0.0;
        var startedAt = Stopwatch.GetTimestamp();
        while (startedAt < window.ClosesAt && !ct.IsCancellationRequested)
        {
            var done = await client.RunAsync();
            var answeredAt = Stopwatch.GetTimestamp();
            if (window.Holds(answeredAt)) latency.Add(answeredAt - startedAt);
            units += done * window.ShareOf(startedAt, answeredAt);

            startedAt = answeredAt;
        }

        return new LoadCount(units, latency);
    }
}
