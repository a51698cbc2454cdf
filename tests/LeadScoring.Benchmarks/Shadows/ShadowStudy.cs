using System.Diagnostics;
using System.Globalization;
using LeadScoring.Host.Storage;
using LeadScoring.Benchmarks.Load;
using LeadScoring.Benchmarks.Reporting;
using LeadScoring.Benchmarks.Scenarios;
using LeadScoring.Benchmarks.Seeding;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.Benchmarks.Traffic;
using Npgsql;

namespace LeadScoring.Benchmarks.Shadows;

/// <summary>What versions in shadow take from the posts of the service that scores them, and how far behind the log they fall.</summary>
internal static class ShadowStudy
{
    private const int Seed = 20260101;
    private const int SinglePostClients = 32;
    private const int BatchOf = 100;
    private const int BatchClients = 4;

    /// <summary>Of those that are not posted to while something is measured.</summary>
    private const int FirstOtherLead = 5_000_000;

    /// <summary>Engagements of each lead beforehand.</summary>
    private const int EngagementsEach = 3;

    private static readonly TimeSpan LookPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan WaitMax = TimeSpan.FromMinutes(10);
    private static readonly string ReadShadowLag = SqlText.Load(typeof(ShadowStudy), "read_shadow_lag.sql");
    private static readonly string CountShadowRuns = SqlText.Load(typeof(ShadowStudy), "count_shadow_runs.sql");

    /// <exception cref="Host.StartupRefusal">Something does not start.</exception>
    /// <exception cref="BenchmarkFailure">Something was answered wrongly; nothing is reported.</exception>
    public static async Task RunAsync(ShadowStudyOptions options, CancellationToken ct)
    {
        using var folder = new TemporaryFolder(options.Folder);
        Console.WriteLine($"Starting PostgreSQL in {folder.Path} ...");
        await using var cluster = await RoomyCluster.StartAsync(folder.Path, ct);
        var connectionString = await NewDatabase.MakeAsync(cluster, "shadowed", ct);
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var service = await ServiceProcess.StartAsync(connectionString, ct);
        var (traffic, ledger) = (new EngagementTraffic(Seed), new Ledger());
        Console.WriteLine($"Posting {options.Leads:N0} leads ...");
        await PostedHistory.PostLeadsAsync(service, traffic, FirstOtherLead, options.Leads, EngagementsEach, ledger, ct);
        await PostedHistory.PostAsync(service, traffic, EngagementsEach, ledger, ct);
        await NewDatabase.SettleAsync(cluster, connectionString, ct);
        var machine = await Machine.ReadAsync(cluster.Folder, source, ct);

        using var turns = new ModelTurns(service);
        var versions = new List<int>();
        for (var i = 1; i <= options.Versions; i++) versions.Add(await turns.SignAsync("page_view", "halfLifeDays", 20 + i, ct));
        IScenario[] posts =
        [
            EngagementPosts.Single(SinglePostClients, service, traffic, ledger),
            EngagementPosts.Batches(BatchOf, BatchClients, service, traffic, ledger),
        ];
        var rounds = new List<ShadowRound>();
        for (var repetition = 0; repetition <= options.Repetitions; repetition++)
        {
            foreach (var scenario in posts)
            {
                var round = await MeasureAsync(scenario, repetition, turns, versions, source, options, ct);
                Console.WriteLine(
                    $"  {(repetition == 0 ? "warm-up" : $"round {repetition}"),-8} {round.Load,-10} alone {round.Alone,7:N0}/s, beside {round.Beside,7:N0}/s, {round.BehindEvents:N0} events behind, caught up in {round.CaughtUpSeconds:0.0} s");
                if (repetition > 0) rounds.Add(round);
            }
        }

        var report = new ShadowStudyReport(DateTimeOffset.UtcNow, options.Leads, options.Versions, machine, rounds);
        report.Print();
        if (options.JsonFile is { } file) await StudyTables.WriteAsync(report, file, ct);
    }

    private static async Task<ShadowRound> MeasureAsync(
        IScenario posts, int repetition, ModelTurns turns, List<int> versions, NpgsqlDataSource source, ShadowStudyOptions options, CancellationToken ct)
    {
        var alone = await PostAsync(posts, options, ct);
        await SwitchAsync(versions, on: true, turns, source, ct);
        var beside = await PostAsync(posts, options, ct);
        var ended = Stopwatch.GetTimestamp();
        var behind = await ScalarAsync(source, ReadShadowLag, ct);
        await UntilAsync(async () => await ScalarAsync(source, ReadShadowLag, ct) <= 0, ct);
        var caughtUp = Stopwatch.GetElapsedTime(ended);
        await SwitchAsync(versions, on: false, turns, source, ct);
        return new(
            posts.Name, repetition, alone.Units / alone.Seconds, beside.Units / beside.Seconds, P99(alone), P99(beside), Math.Max(0, behind), caughtUp.TotalSeconds);
    }

    /// <summary>Returns when it has been followed.</summary>
    private static async Task SwitchAsync(List<int> versions, bool on, ModelTurns turns, NpgsqlDataSource source, CancellationToken ct)
    {
        foreach (var version in versions) await turns.SwitchShadowAsync(version, on, ct);
        await UntilAsync(async () => await ScalarAsync(source, CountShadowRuns, ct) == (on ? versions.Count : 0), ct);
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo, CancellationToken ct)
    {
        for (var started = Stopwatch.GetTimestamp(); !await isSo(); await Task.Delay(LookPause, ct))
        {
            if (Stopwatch.GetElapsedTime(started) > WaitMax) throw new BenchmarkFailure($"The shadow did not follow within {WaitMax.TotalMinutes:0} minutes.");
        }
    }

    private static async Task<long> ScalarAsync(NpgsqlDataSource source, string sql, CancellationToken ct)
    {
        await using var command = source.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(ct), CultureInfo.InvariantCulture);
    }

    private static double P99(LoadResult result) => result.Latency.Milliseconds(0.99);

    private static Task<LoadResult> PostAsync(IScenario posts, ShadowStudyOptions options, CancellationToken ct) =>
        ClosedLoop.RunAsync(posts, TimeSpan.FromSeconds(options.Seconds), () => Task.CompletedTask, ct);
}
