using System.Diagnostics;
using LeadScoring.Benchmarks.Load;
using LeadScoring.Benchmarks.Reporting;
using LeadScoring.Benchmarks.Scenarios;
using LeadScoring.Benchmarks.Seeding;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.Benchmarks.Traffic;
using Npgsql;

namespace LeadScoring.Benchmarks.Soak;

/// <summary>Mixed traffic for a long time at half of what the service can take: its memory must stay small, and stay.</summary>
internal static class SoakRun
{
    private const int Seed = 20260101;
    private const double ShareOfPeak = 0.5;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PeakWindow = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan SamplePause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan VerifyMax = TimeSpan.FromHours(1);


    /// <summary>Engagements of each lead beforehand.</summary>
    private const int EngagementsEach = 3;

    /// <exception cref="Host.StartupRefusal">Something does not start, or <c>verify</c> found a difference.</exception>
    /// <exception cref="BenchmarkFailure">Something was answered or stored wrongly; nothing is reported.</exception>
    public static async Task RunAsync(SoakOptions options, CancellationToken ct)
    {
        using var folder = new TemporaryFolder(options.Folder);
        Console.WriteLine($"Starting PostgreSQL and the service in {folder.Path} ...");
        await using var cluster = await RoomyCluster.StartAsync(folder.Path, ct);
        await using var service = await ServiceProcess.StartAsync(cluster.ConnectionString, ct);
        await using var database = NpgsqlDataSource.Create(cluster.ConnectionString);
        try
        {
            var machine = await Machine.ReadAsync(cluster.Folder, database, ct);
            var (ledger, traffic) = (new Ledger(), new EngagementTraffic(Seed));
            await PostedHistory.PostAsync(service, traffic, EngagementsEach, ledger, ct);
            await NewDatabase.SettleAsync(cluster, cluster.ConnectionString, ct);
            var (leads, _) = await LeadList.WalkAsync(service, service.ApiKey, pagesMax: traffic.LeadCount, ct);
            var mix = new MixedTraffic(service, traffic, leads, ledger);
            var peak = await PeakAsync(mix, ct);

            var meter = new Meter(service.ProcessId, cluster.ServerProcessId, database);
            Console.WriteLine($"Peak {peak:N0} operations/s; {options.Minutes} minutes at half of it ...");
            var (samples, result, used) = await SoakAsync(mix, peak * ShareOfPeak, TimeSpan.FromMinutes(options.Minutes), meter, database, ledger, ct);

            ledger.Check("The service", await StoredEvents.CountEngagementsAsync(database, ct));
            Console.WriteLine($"  {(await HostCommand.RunAsync(cluster.ConnectionString, VerifyMax, ct, "verify")).LastLine}");
            var report = Report(options, machine, peak, samples, result, used);
            SoakTable.Print(report);
            if (options.JsonFile is { } file) await StudyTables.WriteAsync(report, file, ct);
        }
        catch (BenchmarkFailure failure)
        {
            throw new BenchmarkFailure($"{failure.Message}\nThe service's last lines:\n{service.Output}");
        }
    }

    private static async Task<double> PeakAsync(MixedTraffic mix, CancellationToken ct)
    {
        Console.WriteLine("Looking for the peak ...");
        await ClosedLoop.RunAsync(mix, WarmUp, () => Task.CompletedTask, ct);
        var result = await ClosedLoop.RunAsync(mix, PeakWindow, () => Task.CompletedTask, ct);
        return result.Units / result.Seconds;
    }

    private static async Task<(IReadOnlyList<SoakSample> Samples, LoadResult Result, Consumption Used)> SoakAsync(
        MixedTraffic mix, double perSecond, TimeSpan window, Meter meter, NpgsqlDataSource database, Ledger ledger, CancellationToken ct)
    {
        var (edges, samples) = (new List<Consumption>(), new List<SoakSample>());
        var startedAt = Stopwatch.GetTimestamp();
        var load = OpenLoop.RunAsync(mix, perSecond, window, async () => edges.Add(await meter.ReadAsync(ct)), ct);
        do
        {
            var sample = new SoakSample(
                Stopwatch.GetElapsedTime(startedAt).TotalSeconds, meter.ServiceMegabytes(), await DatabaseMegabytesAsync(database, ct), ledger.Acknowledged);
            samples.Add(sample);
            Console.WriteLine(
                $"  {sample.Seconds,6:0} s  service {sample.ServiceMegabytes,6:0.0} MiB  database {sample.DatabaseMegabytes,8:N0} MiB  {sample.Events,12:N0} events");
        }
        while (await Task.WhenAny(load, Task.Delay(SamplePause, ct)) != load);

        var result = await load;
        return (samples, result, edges[1] - edges[0]);
    }

    private static async Task<double> DatabaseMegabytesAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var read = database.CreateCommand("select pg_database_size(current_database())");
        return (long)(await read.ExecuteScalarAsync(ct))! / (1024.0 * 1024);
    }

    private static SoakReport Report(
        SoakOptions options, Machine machine, double peak, IReadOnlyList<SoakSample> samples, LoadResult result, Consumption used)
    {
        var ours = used.ServiceSeconds + used.DatabaseSeconds + used.GeneratorSeconds;
        var (first, last) = (samples[0], samples[^1]);
        return new(
            DateTimeOffset.UtcNow,
            options.Minutes,
            machine,
            peak,
            result.Units / result.Seconds,
            result.Latency.Milliseconds(0.5),
            result.Latency.Milliseconds(0.99),
            result.Latency.Milliseconds(0.999),
            SoakMemory.Of(samples),
            (last.DatabaseMegabytes - first.DatabaseMegabytes) * 1024 * 1024 / Math.Max(1, last.Events - first.Events),
            Math.Max(0, used.MachineSeconds - ours) / (result.Seconds * Environment.ProcessorCount),
            samples);
    }
}
