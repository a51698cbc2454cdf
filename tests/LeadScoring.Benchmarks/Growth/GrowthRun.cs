using LeadScoring.Benchmarks.Reporting;
using LeadScoring.Benchmarks.Scenarios;
using LeadScoring.Benchmarks.Seeding;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.Benchmarks.Traffic;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.Benchmarks.Growth;

/// <summary>
/// What is stored already must not slow what comes: databases with more and more events in one cluster, and one database with more
/// and more services, measured in turn, one under load at a time.
/// </summary>
internal static class GrowthRun
{
    private const int Seed = 20260101;
    private const int WarmUpSecondsMax = 5;
    private const int SinglePostClients = 32;
    private const int BatchOf = 1000;
    private const int BatchClients = 4;

    /// <exception cref="Host.StartupRefusal">Something does not start.</exception>
    /// <exception cref="BenchmarkFailure">Something was answered or stored wrongly; nothing is reported.</exception>
    public static async Task RunAsync(GrowthOptions options, CancellationToken ct)
    {
        using var folder = new TemporaryFolder(options.Folder);
        Console.WriteLine($"Starting PostgreSQL in {folder.Path} ...");
        await using var cluster = await RoomyCluster.StartAsync(folder.Path, ct);
        var databases = new List<GrowthDatabase>();
        try
        {
            var traffic = new EngagementTraffic(Seed);
            foreach (var stored in options.Stored) databases.Add(await GrowthDatabase.MakeAsync(cluster, $"stored_{stored}", stored, instances: 1, traffic, ct));
            if (options.Instances.Count > 0)
            {
                databases.Add(await GrowthDatabase.MakeAsync(cluster, "shared", stored: 0, options.Instances.Max(), traffic, ct));
            }

            var machine = await Machine.ReadAsync(cluster.Folder, databases[0].Source, ct);
            var measurements = await MeasureAsync(Figures(options, databases, traffic), options, cluster, ct);
            foreach (var database in databases) await database.CheckAsync(options.Verifies, ct);

            var report = GrowthReport.Of(options, machine, databases, measurements);
            GrowthTable.Print(report);
            if (options.JsonFile is { } file) await StudyTables.WriteAsync(report, file, ct);
        }
        catch (BenchmarkFailure failure)
        {
            var output = databases.SelectMany(d => d.Services).Select(s => s.Output);
            throw new BenchmarkFailure($"{failure.Message}\nThe services' last lines:\n{string.Join('\n', output)}");
        }
        finally
        {
            foreach (var database in databases) await database.DisposeAsync();
        }
    }

    private static List<GrowthFigure> Figures(GrowthOptions options, List<GrowthDatabase> databases, EngagementTraffic traffic)
    {
        var figures = new List<GrowthFigure>();
        foreach (var database in databases.Take(options.Stored.Count))
        {
            figures.Add(GrowthFigure.Of(GrowthSummary.SinglePosts, $"{GrowthSummary.SinglePosts} on {database.Stored:N0}", database, instances: 1, Single(database)));
        }

        foreach (var database in databases.Take(options.Stored.Count))
        {
            figures.Add(GrowthFigure.Of(
                $"batch-{BatchOf}", $"batch-{BatchOf} on {database.Stored:N0}", database, instances: 1,
                service => EngagementPosts.Batches(BatchOf, BatchClients, service, traffic, database.Posted)));
        }

        figures.AddRange(options.Instances.Select(count => GrowthFigure.Of(GrowthSummary.SharedDatabase, $"single-32 of {count}", databases[^1], count, Single(databases[^1]))));
        return figures;

        Func<ServiceProcess, IScenario> Single(GrowthDatabase database) =>
            service => EngagementPosts.Single(SinglePostClients, service, traffic, database.Posted);
    }

    private static async Task<IReadOnlyList<GrowthMeasurement>> MeasureAsync(
        List<GrowthFigure> figures, GrowthOptions options, PrivateCluster cluster, CancellationToken ct)
    {
        var window = TimeSpan.FromSeconds(options.Seconds);
        var warmUp = TimeSpan.FromSeconds(Math.Min(options.Seconds, WarmUpSecondsMax));
        var minutes = figures.Count * ((options.Repetitions * window) + warmUp).TotalMinutes;
        Console.WriteLine($"Measuring {options.Repetitions} times {figures.Count} figures, about {minutes:0.0} minutes ...");
        var measurements = new List<GrowthMeasurement>();
        for (var repetition = 0; repetition <= options.Repetitions; repetition++)
        {
            foreach (var figure in figures)
            {
                var measured = await figure.MeasureAsync(repetition, repetition == 0 ? warmUp : window, cluster.ServerProcessId, ct);
                Console.WriteLine($"  {(repetition == 0 ? "warm-up" : $"round {repetition}"),-8} {figure.Scenario.Name,-26} {measured.Measurement.PerSecond,9:N0} events/s");
                if (repetition > 0) measurements.Add(measured);
            }
        }

        return measurements;
    }
}
