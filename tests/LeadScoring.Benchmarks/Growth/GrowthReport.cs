using LeadScoring.Benchmarks.Reporting;
using LeadScoring.Benchmarks.Stack;

namespace LeadScoring.Benchmarks.Growth;

/// <summary>One figure over all repetitions. Processor times (microseconds per event), log bytes and shares are medians.</summary>
/// <param name="Ratio">To the figure of the same load in the first database, or with one instance; median over the rounds.</param>
/// <param name="Target">What the ratio is to reach; null: none.</param>
internal sealed record GrowthSummary(
    string Load,
    int Stored,
    int Instances,
    double PerSecondMedian,
    double PerSecondMin,
    double PerSecondMax,
    double Ratio,
    double RatioMin,
    double RatioMax,
    double? Target,
    double P99Ms,
    double ServiceCpu,
    double DatabaseCpu,
    double WalBytes,
    double CacheHitShare,
    double OthersShareMax)
{
    public const string SinglePosts = "single-32";
    public const string SharedDatabase = "single-32 shared";
    private const double SinglePostsTarget = 0.8;

    /// <param name="rounds">Of one figure.</param>
    /// <param name="against">Of the figure it is compared with, by round.</param>
    public static GrowthSummary Of(IReadOnlyList<GrowthMeasurement> rounds, IReadOnlyDictionary<int, double> against)
    {
        var first = rounds[0];
        double[] ratios = [.. rounds.Select(r => r.Measurement.PerSecond / against[r.Measurement.Repetition])];
        double Middle(Func<GrowthMeasurement, double> value) => Median.Of(rounds.Select(value));
        return new(
            first.Load,
            first.Stored,
            first.Instances,
            Middle(r => r.Measurement.PerSecond),
            rounds.Min(r => r.Measurement.PerSecond),
            rounds.Max(r => r.Measurement.PerSecond),
            Median.Of(ratios),
            ratios.Min(),
            ratios.Max(),
            first.Load == SinglePosts && first.Stored > 0 ? SinglePostsTarget : null,
            Middle(r => r.Measurement.P99Ms),
            Middle(r => r.Measurement.ServiceCpu),
            Middle(r => r.Measurement.DatabaseCpu),
            Middle(r => r.Measurement.WalBytes),
            Middle(r => r.CacheHitShare),
            rounds.Max(r => r.Measurement.OthersShare));
    }
}

/// <summary>Everything the study found.</summary>
internal sealed record GrowthReport(
    DateTimeOffset At,
    int Repetitions,
    int Seconds,
    Machine Machine,
    IReadOnlyList<GrowthSummary> Figures,
    IReadOnlyList<StoredBytes> Stored,
    IReadOnlyList<GrowthMeasurement> Measurements)
{
    public static GrowthReport Of(
        GrowthOptions options, Machine machine, IReadOnlyList<GrowthDatabase> databases, IReadOnlyList<GrowthMeasurement> measurements)
    {
        var loads = measurements.GroupBy(m => m.Load).ToDictionary(l => l.Key, l => RatesOfFirst(l.ToList()));
        return new(
            DateTimeOffset.UtcNow,
            options.Repetitions,
            options.Seconds,
            machine,
            [.. measurements.GroupBy(m => m.Measurement.Scenario).Select(f => GrowthSummary.Of([.. f], loads[f.First().Load]))],
            [.. databases.Select(d => d.Bytes).OfType<StoredBytes>()],
            measurements);
    }

    private static Dictionary<int, double> RatesOfFirst(List<GrowthMeasurement> load) => load
        .Where(m => m.Measurement.Scenario == load[0].Measurement.Scenario)
        .ToDictionary(m => m.Measurement.Repetition, m => m.Measurement.PerSecond);
}
