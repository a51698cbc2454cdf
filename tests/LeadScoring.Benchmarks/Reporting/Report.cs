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
    double ServiceCpu,
    double DatabaseCpu,
    double GeneratorCpu,
    double WalBytes,
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
            Middle(m => m.ServiceCpu),
            Middle(m => m.DatabaseCpu),
            Middle(m => m.GeneratorCpu),
            Middle(m => m.WalBytes),
            repetitions.Max(m => m.OthersShare));
    }
}

/// <summary>Everything a run found.</summary>
internal sealed record Report(
    DateTimeOffset At,
    int Repetitions,
    int Seconds,
    Machine Machine,
    IReadOnlyList<ScenarioSummary> Scenarios,
    IReadOnlyList<Ratio> Ratios,
    IReadOnlyList<Measurement> Measurements)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Report Of(BenchmarkOptions options, Machine machine, IReadOnlyList<Measurement> measurements) => new(
        DateTimeOffset.UtcNow,
        options.Repetitions,
        options.Seconds,
        machine,
        [.. measurements.GroupBy(m => m.Scenario).Select(ScenarioSummary.Of)],
        Ratio.Of(measurements),
        measurements);

    public async Task WriteAsync(FileInfo file, CancellationToken ct)
    {
        await using var stream = file.Create();
        await JsonSerializer.SerializeAsync(stream, this, Json, ct);
    }
}
