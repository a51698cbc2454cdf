using LeadScoring.Benchmarks.Load;
using LeadScoring.Benchmarks.Rebuilds;
using LeadScoring.Benchmarks.Reporting;
using LeadScoring.Benchmarks.Scenarios;
using LeadScoring.Benchmarks.Seeding;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.Benchmarks.Traffic;
using LeadScoring.EventStore;
using Npgsql;

namespace LeadScoring.Benchmarks.Backtests;

/// <summary>
/// A backtest of a whole history beside the raw read of the same log, its memory, and what it takes from posts when the service
/// that takes them runs it. The built-in model is tried against itself: both sides are scored all the same.
/// </summary>
internal static class BacktestStudy
{
    private const int Seed = 20260101;
    private const int SinglePostClients = 32;
    private const int BatchOf = 100;
    private const int BatchClients = 4;

    /// <summary>Engagements of each lead that is posted to, a week apart.</summary>
    private const int WeeksMax = 3;

    private static readonly TimeSpan CommandMax = TimeSpan.FromHours(2);
    private static readonly string CountEvents = SqlText.Load(typeof(RebuildRun), "count_events.sql");

    /// <exception cref="Host.StartupRefusal">Something does not start, or the command fails.</exception>
    /// <exception cref="BenchmarkFailure">Something was answered or stored wrongly; nothing is reported.</exception>
    public static async Task RunAsync(BacktestStudyOptions options, CancellationToken ct)
    {
        using var folder = new TemporaryFolder(options.Folder);
        Console.WriteLine($"Starting PostgreSQL in {folder.Path} ...");
        await using var cluster = await RoomyCluster.StartAsync(folder.Path, ct);
        var connectionString = await NewDatabase.MakeAsync(cluster, "history", ct);
        Console.WriteLine($"Making a log of {options.Events:N0} events of {options.Leads:N0} leads ...");
        await SeededLog.FillAsync(connectionString, new(options.Events, options.Leads, DateTime.UtcNow.AddDays(-30)), ct);
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var service = await ServiceProcess.StartAsync(connectionString, ct);
        var (traffic, ledger) = (new EngagementTraffic(Seed), new Ledger());
        await Preload.PostAsync(service, traffic, WeeksMax, ledger, ct);
        await Preload.AnalyzeAsync(source, ct);
        await NewDatabase.CheckpointAsync(cluster, ct);
        var machine = await Machine.ReadAsync(cluster.Folder, source, ct);

        IScenario[] posts =
        [
            EngagementPosts.Single(SinglePostClients, service, traffic, ledger),
            EngagementPosts.Batches(BatchOf, BatchClients, service, traffic, ledger),
        ];
        var rounds = new List<BacktestRound>();
        for (var repetition = 0; repetition <= options.Repetitions; repetition++)
        {
            var round = await MeasureAsync(repetition, connectionString, source, service, posts, options, ct);
            Console.WriteLine(
                $"  {(repetition == 0 ? "warm-up" : $"round {repetition}"),-8} raw read {round.RawPerSecond,9:N0}/s, backtest {round.PerSecond,9:N0} events/s, {round.MegabytesMax:0} MiB; posts beside one {string.Join(", ", round.Posts.Select(p => $"{p.Load} {p.Share:0.00}"))}");
            if (repetition > 0) rounds.Add(round);
        }

        var report = new BacktestStudyReport(DateTimeOffset.UtcNow, options.Leads, machine, rounds);
        BacktestStudyTable.Print(report);
        if (options.JsonFile is { } file) await StudyTables.WriteAsync(report, file, ct);
    }

    private static async Task<BacktestRound> MeasureAsync(
        int repetition,
        string connectionString,
        NpgsqlDataSource source,
        ServiceProcess service,
        IReadOnlyList<IScenario> posts,
        BacktestStudyOptions options,
        CancellationToken ct)
    {
        await using var count = source.CreateCommand(CountEvents);
        var events = (long)(await count.ExecuteScalarAsync(ct))!;
        var raw = await new LogRead(new PostgresEventStore(source)).RunAsync(events, ct);
        var backtest = await HostCommand.RunAsync(connectionString, CommandMax, ct, "backtest", "--tenant", ServiceProcess.TenantId, "--version", "1");
        var measured = new List<PostsRound>();
        foreach (var scenario in posts)
        {
            var alone = await PostAsync(scenario, options.Seconds, ct);
            await using var busy = await RepeatedBacktest.StartAsync(service);
            var beside = await PostAsync(scenario, options.Seconds, ct);
            measured.Add(new(scenario.Name, alone.Units / alone.Seconds, beside.Units / beside.Seconds, P99(alone), P99(beside)));
        }

        return new(repetition, events, raw, events / backtest.Seconds, backtest.MegabytesMax, measured);
    }

    private static double P99(LoadResult result) => result.Latency.Milliseconds(0.99);

    private static Task<LoadResult> PostAsync(IScenario scenario, int seconds, CancellationToken ct) =>
        ClosedLoop.RunAsync(scenario, TimeSpan.FromSeconds(seconds), () => Task.CompletedTask, ct);
}
