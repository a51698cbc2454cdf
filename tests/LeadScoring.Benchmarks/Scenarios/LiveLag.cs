using System.Collections.Concurrent;
using System.Diagnostics;
using LeadScoring.Benchmarks.Load;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.Benchmarks.Traffic;
using LeadScoring.EventStore;
using Npgsql;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>
/// How long after its acknowledgement a post is in the hands of a subscriber that reads the log in order, at half of the peak's
/// rate. What the subscriber has before the client has its answer lags by nothing.
/// </summary>
internal sealed class LiveLag : IScenario
{
    private const int PageMax = 5_000;
    private static readonly TimeSpan PauseAtEnd = TimeSpan.FromMilliseconds(5);

    /// <summary>How long the subscriber may need, once the load has ended, for what it has not seen yet.</summary>
    private static readonly TimeSpan CatchUpMax = TimeSpan.FromSeconds(10);

    private static readonly string LastSequence = SqlText.Load(typeof(LiveLag), "last_sequence.sql");

    private readonly IScenario posts;
    private readonly IEventStore store;
    private readonly NpgsqlDataSource database;
    private readonly ConcurrentDictionary<long, long> acknowledgedAt = new();

    public LiveLag(
        string name, Peak peak, IEventStore store, NpgsqlDataSource database, ServiceProcess service, EngagementTraffic traffic, Ledger ledger)
    {
        (this.store, this.database) = (store, database);
        posts = new HalfPeakPosts(
            EngagementPosts.Single(name, HalfPeakPosts.Connections, service, traffic, ledger, n => acknowledgedAt[n] = Stopwatch.GetTimestamp()), peak);
    }

    public string Name => posts.Name;

    public string Unit => posts.Unit;

    public int Clients => posts.Clients;

    public ValueTask<ILoadClient> ConnectAsync(int number, CancellationToken ct) => posts.ConnectAsync(number, ct);

    public async Task<LoadResult> RunAsync(TimeSpan window, Func<Task> atEdge, CancellationToken ct)
    {
        acknowledgedAt.Clear();
        var after = await LastSequenceAsync(ct);
        var edges = new List<long>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var seenAt = new ConcurrentDictionary<long, long>();
        var subscriber = Task.Run(() => SubscribeAsync(after, seenAt, stop.Token), ct);
        LoadResult load;
        try
        {
            load = await posts.RunAsync(window, EdgeAsync, ct);
            for (var giveUpAt = Environment.TickCount64 + (long)CatchUpMax.TotalMilliseconds;
                 seenAt.Count < acknowledgedAt.Count && !subscriber.IsCompleted && Environment.TickCount64 < giveUpAt;)
            {
                await Task.Delay(PauseAtEnd, ct);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await subscriber;
        }

        return load with { Latency = Lags(seenAt, new LoadWindow(edges[0], edges[1])) };

        Task EdgeAsync()
        {
            edges.Add(Stopwatch.GetTimestamp());
            return atEdge();
        }
    }

    /// <exception cref="BenchmarkFailure">The subscriber never saw an acknowledged post.</exception>
    private LatencyHistogram Lags(ConcurrentDictionary<long, long> seenAt, LoadWindow window)
    {
        var lags = new LatencyHistogram();
        foreach (var (number, at) in acknowledgedAt)
        {
            if (!seenAt.TryGetValue(number, out var seen))
            {
                throw new BenchmarkFailure($"{Name}: the log's reader never came by an acknowledged post ({seenAt.Count} of {acknowledgedAt.Count} seen).");
            }

            if (window.Holds(at)) lags.Add(Math.Max(0, seen - at));
        }

        return lags;
    }

    private async Task SubscribeAsync(long after, ConcurrentDictionary<long, long> seenAt, CancellationToken ct)
    {
        try
        {
            while (true)
            {
                var page = await store.ReadLogAsync(after, PageMax, ct);
                var now = Stopwatch.GetTimestamp();
                foreach (var recorded in page.Events)
                {
                    if (recorded.Type == "engagement_recorded") seenAt[EngagementTemplate.NumberIn(recorded.Body.Span)] = now;
                }

                after = page.NextAfter;
                if (page.AtEnd) await Task.Delay(PauseAtEnd, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The load has ended.
        }
    }

    /// <summary>Nobody writes at this moment, so the highest number is settled.</summary>
    private async Task<long> LastSequenceAsync(CancellationToken ct)
    {
        await using var read = database.CreateCommand(LastSequence);
        return (long)(await read.ExecuteScalarAsync(ct))!;
    }
}
