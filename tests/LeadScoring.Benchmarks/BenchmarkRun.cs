using LeadScoring.Benchmarks.Reporting;
using LeadScoring.Benchmarks.Scenarios;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.Benchmarks.Traffic;
using LeadScoring.EventStore;
using LeadScoring.Host.Storage;
using Npgsql;

namespace LeadScoring.Benchmarks;

/// <summary>One whole run: start everything, measure round-robin, check what is stored, report, stop everything.</summary>
internal static class BenchmarkRun
{
    private const int Seed = 20260101;
    private const int WarmUpSecondsMax = 3;
    private const int WeeksOfMany = 1;
    private const int ToldEngagements = 5_000;

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
        await using var serviceTables = await ServiceTables.OpenAsync(cluster, ct);
        await using var database = NpgsqlDataSource.Create(cluster.ConnectionString);
        try
        {
            var machine = await Machine.ReadAsync(cluster.Folder, database, ct);
            var meter = new Meter(service.ProcessId, cluster.ServerProcessId, database);
            var bench = new Bench(service, serviceTables.Source, ceilingTables.Source, new Ledger(), new Ledger());
            var people = Populations.Make(Seed, withMany: options.Wants(Catalog.Spread));

            var main = await MakeMainAsync(options, bench, people, database, ct);
            var before = await StoredBytes.ReadAsync(database, ct);
            var measurements = new List<Measurement>(await MeasureAsync(main.Scenarios, main.Peak, options, meter, ct));
            var bytes = BytesPerEvent.Between(before, await StoredBytes.ReadAsync(database, ct));

            var late = await MakeLateAsync(options, bench, people, cluster, ct);
            measurements.AddRange(await MeasureAsync(late, main.Peak, options, meter, ct));
            bench.Posted.Check("The service", await CountAsync(database, ct));
            bench.Appended.Check("The ceilings", await CountAsync(ceilingTables.Source, ct));

            var report = Report.Of(options, machine, measurements, bytes);
            ReportTable.Print(report);
            if (options.JsonFile is { } file) await report.WriteAsync(file, ct);
        }
        catch (Exception failure) when (failure is BenchmarkFailure or NpgsqlException)
        {
            throw new BenchmarkFailure($"{failure.Message}\nThe service's last lines:\n{service.Output}");
        }
    }

    private static async Task<(IReadOnlyList<IScenario> Scenarios, Peak Peak)> MakeMainAsync(
        BenchmarkOptions options, Bench bench, Populations people, NpgsqlDataSource database, CancellationToken ct)
    {
        var peak = new Peak();
        if (!Catalog.Main.Any(options.Wants)) return ([], peak);
        Console.WriteLine($"Posting {people.Usual.LeadCount:N0} leads ...");
        var leads = await Preload.RunAsync(bench.Service, database, people.Usual, bench.Posted, ct);
        if (people.Many is { } many)
        {
            Console.WriteLine($"Posting {many.LeadCount:N0} more, for {Catalog.Spread} ...");
            await Preload.PostAsync(bench.Service, many, WeeksOfMany, bench.Posted, ct);
            await Preload.AnalyzeAsync(database, ct);
        }

        return ([.. Catalog.MakeMain(bench, people, leads, peak).Where(s => options.Wants(s.Name))], peak);
    }

    private static async Task<IReadOnlyList<IScenario>> MakeLateAsync(
        BenchmarkOptions options, Bench bench, Populations people, PrivateCluster cluster, CancellationToken ct)
    {
        (string ApiKey, IReadOnlyList<string> Cursors)? list = null;
        if (options.Wants(Catalog.ListByScore))
        {
            Console.WriteLine("Copying the rows of a million leads of another tenant ...");
            var key = await ManyLeads.SeedAsync(cluster.ConnectionString, ct);
            list = (key, await ManyLeads.CursorsAsync(bench.Service, key, ct));
        }

        Guid? told = options.Wants(Catalog.Explanation)
            ? await Preload.OneLeadAsync(bench.Service, people.Told, ToldEngagements, bench.Posted, ct)
            : null;
        return Catalog.MakeLate(bench.Service, list, told);
    }

    private static async Task<IReadOnlyList<Measurement>> MeasureAsync(
        IReadOnlyList<IScenario> scenarios, Peak peak, BenchmarkOptions options, Meter meter, CancellationToken ct)
    {
        if (scenarios.Count == 0) return [];
        var window = TimeSpan.FromSeconds(options.Seconds);
        var warmUp = TimeSpan.FromSeconds(Math.Min(options.Seconds, WarmUpSecondsMax));
        var seconds = scenarios.Count * ((options.Repetitions * window) + warmUp).TotalSeconds;
        Console.WriteLine($"Measuring {options.Repetitions} times {scenarios.Count} scenarios, about {seconds / 60:0.0} minutes ...");
        foreach (var scenario in scenarios) peak.Note(await MeasureAsync(scenario, repetition: 0, warmUp, meter, ct));

        var measurements = new List<Measurement>();
        for (var repetition = 1; repetition <= options.Repetitions; repetition++)
        {
            foreach (var scenario in scenarios)
            {
                measurements.Add(await MeasureAsync(scenario, repetition, window, meter, ct));
                peak.Note(measurements[^1]);
            }
        }

        return measurements;
    }

    private static async Task<Measurement> MeasureAsync(
        IScenario scenario, int repetition, TimeSpan window, Meter meter, CancellationToken ct)
    {
        var edges = new List<Consumption>();
        var result = await scenario.RunAsync(window, async () => edges.Add(await meter.ReadAsync(ct)), ct);
        var measurement = Measurement.Of(scenario, repetition, result, edges[1] - edges[0], meter.ServiceMegabytes());
        var round = repetition == 0 ? "warm-up" : $"round {repetition}";
        Console.WriteLine(
            $"  {round,-8} {scenario.Name,-16} {measurement.PerSecond,9:N0} {scenario.Unit + "/s",-10} p50 {measurement.P50Ms,7:0.00} ms  p99 {measurement.P99Ms,7:0.00} ms");
        return measurement;
    }

    private static async Task<long> CountAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var count = database.CreateCommand(CountEngagements);
        count.CommandTimeout = 0;
        return (long)(await count.ExecuteScalarAsync(ct))!;
    }
}
