using System.Diagnostics;
using System.Net.Sockets;
using LeadScoring.Benchmarks.Scenarios;
using Npgsql;

namespace LeadScoring.Benchmarks.Load;

/// <param name="Units">Events or requests that belong to the window, those at its edges in part.</param>
/// <param name="Seconds">The window.</param>
internal sealed record LoadResult(double Units, double Seconds, LatencyHistogram Latency);

/// <summary>What one loop did in the window.</summary>
internal sealed record LoadCount(double Units, LatencyHistogram Latency);

/// <summary>When a measurement begins and ends, in ticks of <see cref="Stopwatch"/>. Load runs before it opens, and is not counted.</summary>
internal readonly record struct LoadWindow(long OpensAt, long ClosesAt)
{
    /// <summary>Before the window opens, so that connections and pools are warm.</summary>
    private static readonly TimeSpan RampUp = TimeSpan.FromSeconds(1);

    /// <summary>How long the last operations may take after the window has closed.</summary>
    private static readonly TimeSpan LastAnswersMax = TimeSpan.FromSeconds(30);

    public bool Holds(long at) => at >= OpensAt && at < ClosesAt;

    /// <returns>0 to 1: how much of an operation lies in the window. Few and long ones would else be counted to the next whole one.</returns>
    public double ShareOf(long startedAt, long answeredAt) =>
        (double)Math.Max(0, Math.Min(answeredAt, ClosesAt) - Math.Max(startedAt, OpensAt)) / Math.Max(1, answeredAt - startedAt);

    /// <summary>Connects the scenario's clients, lets the loops drive them through one window, and adds up what they did.</summary>
    /// <param name="start">Starts the loops; each ends by itself after the window has closed.</param>
    /// <param name="atEdge">Called when the window opens and when it closes.</param>
    /// <exception cref="BenchmarkFailure">An operation failed or was not answered in time.</exception>
    public static async Task<LoadResult> RunAsync(
        IScenario scenario,
        TimeSpan length,
        Func<Task> atEdge,
        Func<IReadOnlyList<ILoadClient>, LoadWindow, IEnumerable<Task<LoadCount>>> start,
        CancellationToken ct)
    {
        var clients = new List<ILoadClient>();
        try
        {
            for (var i = 0; i < scenario.Clients; i++) clients.Add(await scenario.ConnectAsync(i, ct));

            var opensAt = Stopwatch.GetTimestamp() + Ticks(RampUp);
            var window = new LoadWindow(opensAt, opensAt + Ticks(length));
            var loops = Task.WhenAll(start(clients, window));
            await EdgeAsync(window.OpensAt, loops, atEdge, ct);
            await EdgeAsync(window.ClosesAt, loops, atEdge, ct);
            var counts = await loops.WaitAsync(LastAnswersMax, ct);
            var latency = new LatencyHistogram();
            foreach (var count in counts) latency.Add(count.Latency);
            return new LoadResult(counts.Sum(c => c.Units), length.TotalSeconds, latency);
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

        // Loops that have all ended have failed: the measurement ends with them.
        if (await Task.WhenAny(loops, Task.Delay(pause, ct)) == loops) await loops;
        ct.ThrowIfCancellationRequested();
        await atEdge();
    }

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}
