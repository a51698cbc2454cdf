using System.Diagnostics;
using System.Net.Sockets;
using LeadScoring.Benchmarks.Scenarios;
using Npgsql;

namespace LeadScoring.Benchmarks.Load;

/// <param name="Units">Events or requests whose answer came within the window.</param>
/// <param name="Seconds">The window.</param>
internal sealed record LoadResult(long Units, double Seconds, LatencyHistogram Latency);

/// <summary>
/// Closed loop: each client sends its next operation when the last one is answered. It finds the throughput at a concurrency; its
/// latencies are those of a server that is never asked faster than it answers.
/// </summary>
internal static class ClosedLoop
{
    /// <summary>Before the window opens, so that connections and pools are warm. What is answered here is not counted.</summary>
    private static readonly TimeSpan RampUp = TimeSpan.FromSeconds(1);

    /// <summary>How long the last operations may take after the window has closed.</summary>
    private static readonly TimeSpan LastAnswersMax = TimeSpan.FromSeconds(30);

    /// <param name="atEdge">Called when the window opens and when it closes.</param>
    /// <exception cref="BenchmarkFailure">An operation failed or was not answered in time.</exception>
    public static async Task<LoadResult> RunAsync(IScenario scenario, TimeSpan window, Func<Task> atEdge, CancellationToken ct)
    {
        var clients = new List<ILoadClient>();
        try
        {
            for (var i = 0; i < scenario.Clients; i++) clients.Add(await scenario.ConnectAsync(i, ct));

            var opensAt = Stopwatch.GetTimestamp() + Ticks(RampUp);
            var closesAt = opensAt + Ticks(window);
            var loops = clients.Select(client => Task.Run(() => LoopAsync(client, opensAt, closesAt, ct), ct)).ToArray();
            var all = Task.WhenAll(loops);
            await EdgeAsync(opensAt, all, atEdge, ct);
            await EdgeAsync(closesAt, all, atEdge, ct);
            var counts = await all.WaitAsync(LastAnswersMax, ct);
            var latency = new LatencyHistogram();
            foreach (var count in counts) latency.Add(count.Latency);
            return new LoadResult(counts.Sum(c => c.Units), window.TotalSeconds, latency);
        }
        catch (TimeoutException)
        {
            throw new BenchmarkFailure($"{scenario.Name}: an operation was not answered within {LastAnswersMax.TotalSeconds:0} s.");
        }
        catch (Exception e) when (e is SocketException or NpgsqlException)
        {
            throw new BenchmarkFailure($"{scenario.Name}: {e.Message}");
        }
        finally
        {
            foreach (var client in clients) await client.DisposeAsync();
        }
    }

    private static async Task EdgeAsync(long at, Task loops, Func<Task> atEdge, CancellationToken ct)
    {
        var pause = TimeSpan.FromSeconds(Math.Max(0, (double)(at - Stopwatch.GetTimestamp()) / Stopwatch.Frequency));

        // A client that failed ends the measurement now, not when the window closes.
        if (await Task.WhenAny(loops, Task.Delay(pause, ct)) == loops) await loops;
        ct.ThrowIfCancellationRequested();
        await atEdge();
    }

    private static async Task<(long Units, LatencyHistogram Latency)> LoopAsync(
        ILoadClient client, long opensAt, long closesAt, CancellationToken ct)
    {
        var latency = new LatencyHistogram();
        var units = 0L;
        var startedAt = Stopwatch.GetTimestamp();
        while (startedAt < closesAt && !ct.IsCancellationRequested)
        {
            var done = await client.RunAsync();
            var answeredAt = Stopwatch.GetTimestamp();
            if (answeredAt >= opensAt && answeredAt < closesAt)
            {
                latency.Add(answeredAt - startedAt);
                units += done;
            }

            startedAt = answeredAt;
        }

        return (units, latency);
    }

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}
