using System.Text.Json;

namespace LeadScoring.Benchmarks.Reporting;

/// <summary>One scenario over all repetitions. Latencies, processor times (microseconds per unit) and log bytes are medians.</summary>
internal sealed record ScenarioSummary(
    string Scenario,
    string Unit,
    int Clients,
    double PerSecondMedian,
    double PerSecondMin,
    double PerSecondMax,
    double P50Ms,
    double P99Ms,
    double P999Ms,
    double ServiceCpu,
    double DatabaseCpu,
    double GeneratorCpu,
    double WalBytes,
    double ServiceMegabytes,
    double OthersShareMax)
{
    public static ScenarioSummary Of(IGrouping<string, Measurement> repetitions)
    {
        var first = repetitions.First();
        double Middle(Func<Measurement, double> value) => Median.Of(repetitions.Select(value));
        return new ScenarioSummary(
            first.Scenario,
            first.Unit,
            first.Clients,
            Middle(m => m.PerSecond),
            repetitions.Min(m => m.PerSecond),
            repetitions.Max(m => m.PerSecond),
            Middle(m => m.P50Ms),
            Middle(m => m.P99Ms),
            Middle(m => m.P999Ms),
            Middle(m => m.ServiceCpu),
            Middle(m => m.DatabaseCpu),
            Middle(m => m.GeneratorCpu),
            Middle(m => m.WalBytes),
            Middle(m => m.ServiceMegabytes),
            repetitions.Max(m => m.OthersShare));
    }
}

/// <summary>Everything a run found.</summary>
/// <param name="Ratios">Medians of what each round found beside its own ceilings.</param>
/// <param name="Bytes">Of disk, by the events of the main part; empty when it stored none.</param>
/// <param name="Measurements">Every repetition, so that anybody can work out another figure.</param>
internal sealed record Report(
    DateTimeOffset At,
    int Repetitions,
    int Seconds,
    Machine Machine,
    IReadOnlyList<ScenarioSummary> Scenarios,
    IReadOnlyList<Ratio> Ratios,
    IReadOnlyList<Target> Targets,
    IReadOnlyList<BytesPerEvent> Bytes,
    IReadOnlyList<Measurement> Measurements)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Report Of(
        BenchmarkOptions options, Machine machine, IReadOnlyList<Measurement> measurements, IReadOnlyList<BytesPerEvent> bytes) => new(
        DateTimeOffset.UtcNow,
        options.Repetitions,
        options.Seconds,
        machine,
        [.. measurements.GroupBy(m => m.Scenario).Select(ScenarioSummary.Of)],
        Ratio.Of(measurements),
        Target.Of(measurements, machine.SyncMicroseconds),
        bytes,
        measurements);

    public async Task WriteAsync(FileInfo file, CancellationToken ct)
    {
        await using var stream = file.Create();
        await JsonSerializer.SerializeAsync(stream, this, Json, ct);
    }
}
