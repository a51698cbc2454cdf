using LeadScoring.Benchmarks.Load;
using LeadScoring.Benchmarks.Scenarios;
using LeadScoring.Benchmarks.Stack;

namespace LeadScoring.Benchmarks.Growth;

/// <summary>Something that is measured once a round.</summary>
/// <param name="Load">The kind of load, the same for figures that are compared.</param>
internal sealed record GrowthFigure(string Load, GrowthDatabase Database, IReadOnlyList<ServiceProcess> Services, IScenario Scenario)
{
    public static GrowthFigure Of(
        string load, string name, GrowthDatabase database, int instances, Func<ServiceProcess, IScenario> scenario)
    {
        ServiceProcess[] services = [.. database.Services.Take(instances)];
        return new(load, database, services, new SpreadOver(name, [.. services.Select(scenario)]));
    }

    /// <param name="repetition">1-based; 0: not counted.</param>
    public async Task<GrowthMeasurement> MeasureAsync(int repetition, TimeSpan window, int serverProcessId, CancellationToken ct)
    {
        Meter[] meters = [.. Services.Select(s => new Meter(s.ProcessId, serverProcessId, Database.Source))];
        var edges = new List<(Consumption Used, CacheUse Cache)>();
        var result = await ClosedLoop.RunAsync(Scenario, window, async () => edges.Add((await ReadAsync(meters, ct), await Database.ReadCacheUseAsync(ct))), ct);
        var measurement = Measurement.Of(Scenario, repetition, result, edges[1].Used - edges[0].Used, meters.Sum(m => m.ServiceMegabytes()));
        return new(Load, Database.Stored, Services.Count, (edges[1].Cache - edges[0].Cache).HitShare, measurement);
    }

    private static async Task<Consumption> ReadAsync(Meter[] meters, CancellationToken ct)
    {
        var all = await meters[0].ReadAsync(ct);
        foreach (var other in meters[1..]) all = all with { ServiceSeconds = all.ServiceSeconds + (await other.ReadAsync(ct)).ServiceSeconds };
        return all;
    }
}

/// <summary>One figure in one repetition.</summary>
/// <param name="CacheHitShare">0 to 1: pages found in PostgreSQL's own cache, of all asked for.</param>
internal sealed record GrowthMeasurement(string Load, int Stored, int Instances, double CacheHitShare, Measurement Measurement);
