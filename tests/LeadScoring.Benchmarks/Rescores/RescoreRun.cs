using System.Diagnostics;
using LeadScoring.Benchmarks.Load;
using LeadScoring.Benchmarks.Reporting;
using LeadScoring.Benchmarks.Scenarios;
using LeadScoring.Benchmarks.Seeding;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.Contracts;
using LeadScoring.Benchmarks.Traffic;
using Npgsql;

namespace LeadScoring.Benchmarks.Rescores;

/// <summary>What it takes to score all leads under another model, and what posts notice of it.</summary>
internal static class RescoreRun
{
    private const int Seed = 20260101;
    private const int Clients = 32;

    /// <summary>The version the service starts with; going back to it is a change like any other.</summary>
    private const int FirstVersion = 1;

    /// <summary>Of those that are only scored anew.</summary>
    private const int FirstOtherLead = 5_000_000;

    private static readonly TimeSpan VerifyMax = TimeSpan.FromHours(2);

    /// <exception cref="Host.StartupRefusal">Something does not start, or <c>verify</c> finds a difference.</exception>
    /// <exception cref="BenchmarkFailure">Something was answered wrongly; nothing is reported.</exception>
    public static async Task RunAsync(RescoreOptions options, CancellationToken ct)
    {
        using var folder = new TemporaryFolder(options.Folder);
        Console.WriteLine($"Starting PostgreSQL in {folder.Path} ...");
        await using var cluster = await RoomyCluster.StartAsync(folder.Path, ct);
        var connectionString = await NewDatabase.MakeAsync(cluster, "rescored", ct);
        await using var source = NpgsqlDataSource.Create(connectionString);
        var machine = await Machine.ReadAsync(cluster.Folder, source, ct);

        var rounds = new List<RescoreRound>();
        (string Change, int Version)[] changes;
        await using (var service = await ServiceProcess.StartAsync(connectionString, ct))
        {
            using var turns = new ModelTurns(service);
            var traffic = new EngagementTraffic(Seed);
            Console.WriteLine($"Posting {options.Leads:N0} leads ...");
            await PostedHistory.PostLeadsAsync(
                service, traffic, FirstOtherLead, options.Leads, RescoreOptions.EngagementsEach, new Ledger(), ct);
            await NewDatabase.SettleAsync(cluster, connectionString, ct);
            changes =
            [
                ("what is worth", await turns.SignAsync("content_download", "points", 30, ct)),
                ("what counts", await turns.SignAsync("page_view", "halfLifeDays", 20, ct)),
            ];
            var posts = EngagementPosts.Single(Clients, service, traffic, new Ledger());
            for (var repetition = 1; repetition <= options.Repetitions; repetition++)
            {
                foreach (var (change, version) in changes)
                {
                    var round = await MeasureAsync(change, version, repetition, turns, posts, options, ct);
                    Console.WriteLine(
                        $"  round {repetition} {change,-14} pass {round.PassSeconds:0.0} s, p99 alone {round.AloneP99Ms:0.0} ms, beside {round.BesideP99Ms:0.0} ms");
                    rounds.Add(round);
                }
            }
        }

        var killedAt = await KillAsync(connectionString, changes[^1].Version, options, ct);
        var verified = await HostCommand.RunAsync(connectionString, VerifyMax, ct, "verify");
        var report = new RescoreReport(DateTimeOffset.UtcNow, options.Leads, options.PerSecond, machine, rounds, killedAt, verified.Seconds);
        report.Print();
        if (options.JsonFile is { } file) await StudyTables.WriteAsync(report, file, ct);
    }

    private static async Task<RescoreRound> MeasureAsync(
        string change, int version, int repetition, ModelTurns turns, EngagementPosts posts, RescoreOptions options, CancellationToken ct)
    {
        await turns.BeginAsync(version, ct);
        var alone = await turns.FinishAsync(version, ct);
        var quiet = await PostAsync(posts, options, ct);

        // Back again, which is a pass of the same kind, with posts beside it.
        await turns.BeginAsync(FirstVersion, ct);
        var started = Stopwatch.GetTimestamp();
        var busy = await PostAsync(posts, options, ct);
        var reached = (await turns.FindAsync(FirstVersion, ct))!;
        var perSecond = reached.LeadsDone / ((reached.FinishedAt - reached.StartedAt) ?? Stopwatch.GetElapsedTime(started)).TotalSeconds;
        if (reached.State == ActivationState.Finished) Console.WriteLine("  the pass ended before the posts did: take more leads or less time");
        await turns.FinishAsync(FirstVersion, ct);
        return new(
            change, repetition, (alone.FinishedAt! - alone.StartedAt!).Value.TotalSeconds, alone.LeadsCrossed, quiet.Latency.Milliseconds(0.5),
            quiet.Latency.Milliseconds(0.99), busy.Latency.Milliseconds(0.5), busy.Latency.Milliseconds(0.99), perSecond);
    }

    /// <summary>A pass in whose course the service is killed, as often as asked for, and started again.</summary>
    /// <returns>How far it was each time.</returns>
    /// <exception cref="BenchmarkFailure">It lost its place.</exception>
    private static async Task<IReadOnlyList<long>> KillAsync(string connectionString, int version, RescoreOptions options, CancellationToken ct)
    {
        var killedAt = new List<long>();
        for (var run = 0; run <= options.Kills; run++)
        {
            await using var service = await ServiceProcess.StartAsync(connectionString, ct);
            using var turns = new ModelTurns(service);
            if (run == 0) await turns.BeginAsync(version, ct);
            var found = (await turns.FindAsync(version, ct))!.LeadsDone;
            if (run > 0 && found < killedAt[^1]) throw new BenchmarkFailure($"Killed at {killedAt[^1]:N0} leads, the pass was found at {found:N0}.");
            if (run == options.Kills)
            {
                var done = (await turns.FinishAsync(version, ct)).LeadsDone;
                if (done < options.Leads) throw new BenchmarkFailure($"The pass ended with {done:N0} of {options.Leads:N0} leads.");
                break;
            }

            var reached = await turns.ReachAsync(version, options.Leads * (run + 1L) / (options.Kills + 1), ct);
            await service.KillAsync(ct);
            Console.WriteLine($"  killed after {reached:N0} leads");
            killedAt.Add(reached);
        }

        return killedAt;
    }

    private static Task<LoadResult> PostAsync(EngagementPosts posts, RescoreOptions options, CancellationToken ct) =>
        OpenLoop.RunAsync(posts, options.PerSecond, TimeSpan.FromSeconds(options.Seconds), () => Task.CompletedTask, ct);
}
