using LeadScoring.Benchmarks.Reporting;

namespace LeadScoring.Benchmarks.Soak;

/// <param name="Seconds">Since the traffic began.</param>
/// <param name="ServiceMegabytes">Resident memory of the service, MiB.</param>
/// <param name="DatabaseMegabytes">MiB on disk, indexes and dead rows included.</param>
/// <param name="Events">Acknowledged so far, those before the soak included.</param>
internal sealed record SoakSample(double Seconds, double ServiceMegabytes, double DatabaseMegabytes, long Events);

/// <summary>The samples in a few figures, MiB.</summary>
/// <param name="SlopePerMinute">Of the straight line that fits the second half best.</param>
/// <param name="GrowthShare">What that line gains over the second half, of the half's median.</param>
internal sealed record SoakMemory(double Start, double Middle, double End, double Max, double SlopePerMinute, double GrowthShare)
{
    public bool IsFlat => GrowthShare <= SoakOptions.GrowthShareMax;

    public bool IsSmall => Max <= SoakOptions.MemoryTarget;

    /// <param name="samples">In the order of time; at least two.</param>
    public static SoakMemory Of(IReadOnlyList<SoakSample> samples)
    {
        SoakSample[] half = [.. samples.Skip(samples.Count / 2)];
        var slope = SlopePerMinuteOf(half);
        var minutes = (half[^1].Seconds - half[0].Seconds) / 60;
        return new(
            samples[0].ServiceMegabytes,
            Median.Of(samples.Select(s => s.ServiceMegabytes)),
            samples[^1].ServiceMegabytes,
            samples.Max(s => s.ServiceMegabytes),
            slope,
            slope * minutes / Median.Of(half.Select(s => s.ServiceMegabytes)));
    }

    /// <summary>Least squares.</summary>
    private static double SlopePerMinuteOf(SoakSample[] samples)
    {
        var (x, y) = (samples.Average(s => s.Seconds / 60), samples.Average(s => s.ServiceMegabytes));
        var spread = samples.Sum(s => Math.Pow((s.Seconds / 60) - x, 2));
        return spread == 0 ? 0 : samples.Sum(s => ((s.Seconds / 60) - x) * (s.ServiceMegabytes - y)) / spread;
    }
}

/// <summary>Everything the soak found.</summary>
/// <param name="PeakPerSecond">Operations/s of the same mix, closed loop.</param>
/// <param name="PerSecond">Operations/s of the soak, open loop at half of that.</param>
/// <param name="DatabaseBytesPerEvent">What the database grew by, from the first sample to the last.</param>
internal sealed record SoakReport(
    DateTimeOffset At,
    int Minutes,
    Machine Machine,
    double PeakPerSecond,
    double PerSecond,
    double P50Ms,
    double P99Ms,
    double P999Ms,
    SoakMemory Memory,
    double DatabaseBytesPerEvent,
    double OthersShare,
    IReadOnlyList<SoakSample> Samples);
