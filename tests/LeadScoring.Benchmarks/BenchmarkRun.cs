using LeadScoring.Benchmarks.Load;
using LeadScoring.Benchmarks.Reporting;
using LeadScoring.Benchmarks.Scenarios;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.Benchmarks.Traffic;
using LeadScoring.EventStore;
using Npgsql;

namespace LeadScoring.Benchmarks;

/// <summary>One whole run: start everything, measure round-robin, check what is stored, report, stop everything.</summary>
internal static class BenchmarkRun
{
    private const int Seed = 20260101;
    private const int WarmUpSecondsMax = 5;

    private static readonly string CountEngagements = SqlText.Load(typeof(Meter), "count_engagements.sql");

    /// <exception cref="Host.StartupRefusal">Something does not start.</exception>
    /// <exception cref="BenchmarkFailure">Something was answered or stored wrongly; nothing is reported.</exception>
    public static async Task RunAsync(BenchmarkOptions options, CancellationToken ct)
    {
        using var folder = new TemporaryFolder(options.Folder);
        Console.WriteLine($"Starting PostgreSQL and the service in {folder.Path} ...");
        await using var cluster = await RoomyCluster.StartAsync(folder.Path, ct);
        await using var service = await ServiceProcess.StartAsync(cluster.ConnectionString, ct);
        await using var ceilingTables = await CeilingTables.MakeAsync(cluster, ct);
        await using var database = NpgsqlDataSource.Create(cluster.ConnectionString);
        try
        {
            var machine = await Machine.ReadAsync(cluster.Folder, database, ct);
            var (posted, appended) = (new Ledger(), new Ledger());
            var traffic = new EngagementTraffic(Seed);
            var leads = await Preload.RunAsync(service, database, traffic, posted, ct);
            var all = Catalog.Make(service, ceilingTables.Source, traffic, leads, posted, appended);
            IScenario[] chosen = [.. all.Where(s => options.Only.Count == 0 || options.Only.Contains(s.Name))];

            var meter = new Meter(service.ProcessId, cluster.ServerProcessId, database);
            var measurements = await MeasureAsync(chosen, options, meter, ct);
            posted.Check("The service", await CountAsync(database, ct));
            appended.Check("The ceilings", await CountAsync(ceilingTables.Source, ct));

            var report = Report.Of(options, machine, measurements);
            ReportTable.Print(report);
            if (options.JsonFile is { } file) await report.WriteAsync(file, ct);
        }
        catch (BenchmarkFailure failure)
        {
            throw new BenchmarkFailure($"{failure.Message}\nThe service's last lines:\n{service.Output}");
        }
    }

    private static async Task<IReadOnlyList<Measurement>> MeasureAsync(
        IScenario[] scenarios, BenchmarkOptions options, Meter meter, CancellationToken ct)
    {
        var window = TimeSpan.FromSeconds(options.Seconds);
        var warmUp = TimeSpan.FromSeconds(Math.Min(options.Seconds, WarmUpSecondsMax));
        var seconds = scenarios.Length * ((options.Repetitions * window) + warmUp).TotalSeconds;
        Console.WriteLine($"Measuring {options.Repetitions} times {scenarios.Length} scenarios, about {seconds / 60:0.0} minutes ...");
        foreach (var scenario in scenarios) await MeasureAsync(scenario, repetition: 0, warmUp, meter, ct);

        var measurements = new List<Measurement>();
        for (var repetition = 1; repetition <= options.Repetitions; repetition++)
        {
            foreach (var scenario in scenarios) measurements.Add(await MeasureAsync(scenario, repetition, window, meter, ct));
        }

        return measurements;
    }

    private static async Task<Measurement> MeasureAsync(
        IScenario scenario, int repetition, TimeSpan window, Meter meter, CancellationToken ct)
    {
        var edges = new List<Consumption>();
        var result = await ClosedLoop.RunAsync(scenario, window, async () => edges.Add(await meter.ReadAsync(ct)), ct);
        var measurement = Measurement.Of(scenario, repetition, result, edges[1] - edges[0], meter.ServiceMegabytes());
        var round = repetition == 0 ? "warm-up" : $"round {repetition}";
        Console.WriteLine($"  {round,-8} {scenario.Name,-10} {measurement.PerSecond,9:N0} {scenario.Unit}/s");
        return measurement;
    }

    private static async Task<long> CountAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var count = database.CreateCommand(CountEngagements);
        return (long)(await count.ExecuteScalarAsync(ct))!;
    }
}
