using System.Diagnostics;
using System.Threading.Channels;
using LeadScoring.Benchmarks.Scenarios;

namespace LeadScoring.Benchmarks.Load;

/// <summary>
/// Open loop: operations fall due at a constant rate, whether or not earlier ones are answered, and their latency counts from the
/// moment they were due. A server that stalls therefore shows in the latency of all that came due meanwhile, not in one answer.
/// </summary>
internal static class OpenLoop
{
    /// <summary>Due and not yet sent. A server that is so far behind cannot take the rate at all.</summary>
    private const int BacklogMax = 100_000;

    /// <summary>How long the pacer sleeps: what falls due meanwhile is sent up to so much too late, which counts as latency.</summary>
    private const int TickMs = 1;

    private const long Finished = -1;

    /// <param name="perSecond">Operations; more than 0.</param>
    /// <param name="atEdge">Called when the window opens and when it closes.</param>
    /// <exception cref="BenchmarkFailure">An operation failed or was not answered in time, or the server cannot take the rate.</exception>
    public static Task<LoadResult> RunAsync(IScenario scenario, double perSecond, TimeSpan window, Func<Task> atEdge, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(perSecond);
        return LoadWindow.RunAsync(scenario, window, atEdge, Start, ct);

        IEnumerable<Task<LoadCount>> Start(IReadOnlyList<ILoadClient> clients, LoadWindow edges)
        {
            // The pacer itself sends for a client that waits: no hand-over to another thread between due and sent.
            var due = Channel.CreateBounded<long>(new BoundedChannelOptions(BacklogMax) { SingleWriter = true, AllowSynchronousContinuations = true });
            Task<LoadCount>[] loops = [.. clients.Select(client => LoopAsync(client, due.Reader, edges, ct))];
            var pacer = Task.Factory.StartNew(
                () => Pace(scenario.Name, due.Writer, perSecond, edges, clients.Count, ct), ct, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            return [pacer, .. loops];
        }
    }

    private static LoadCount Pace(string name, ChannelWriter<long> due, double perSecond, LoadWindow window, int clients, CancellationToken ct)
    {
        try
        {
            var startsAt = Stopwatch.GetTimestamp();
            var ticksEach = Stopwatch.Frequency / perSecond;
            var sent = 0L;
            for (var next = startsAt; next < window.ClosesAt && !ct.IsCancellationRequested;)
            {
                for (var now = Stopwatch.GetTimestamp(); next <= now && next < window.ClosesAt; next = startsAt + (long)(++sent * ticksEach))
                {
                    if (!due.TryWrite(next)) throw new BenchmarkFailure($"{name}: the service cannot take {perSecond:N0} a second.");
                }

                Thread.Sleep(TickMs);
            }

            for (var i = 0; i < clients; i++) due.TryWrite(Finished);
            return new LoadCount(0, new LatencyHistogram());
        }
        finally
        {
            due.Complete();
        }
    }

    private static async Task<LoadCount> LoopAsync(ILoadClient client, ChannelReader<long> due, LoadWindow window, CancellationToken ct)
    {
        var latency = new LatencyHistogram();
        var units = 0.0;
        for (long dueAt; (dueAt = await due.ReadAsync(ct)) != Finished;)
        {
            var done = await client.RunAsync();
            if (!window.Holds(dueAt)) continue;
            latency.Add(Stopwatch.GetTimestamp() - dueAt);
            units += done;
        }

        return new LoadCount(units, latency);
    }
}
