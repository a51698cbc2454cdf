namespace LeadScoring.Benchmarks.Reporting;

/// <summary>What the project wants of a figure, and whether it has it.</summary>
/// <param name="Value">Median over the rounds.</param>
/// <param name="Bound">What it is held against, in the value's unit.</param>
/// <param name="AtLeast">True: the value must not be lower; false: it must not be higher.</param>
/// <param name="Unit">Empty: a ratio.</param>
internal sealed record Target(string Name, double Value, double Bound, bool AtLeast, string Unit)
{
    private const double SyncsPerAcknowledgement = 60;
    private const double AcknowledgementMs = 10;
    private const double ListPageMs = 20;
    private const double LiveLagMs = 50;
    private const double FeedLagMs = 100;
    private const double SinglePostsPerSecond = 10_000;

    /// <summary>A machine whose plain append is slower than this owes nobody <see cref="SinglePostsPerSecond"/>.</summary>
    private const double FastAppendsPerSecond = 24_000;

    private static readonly (string Ratio, double Bound)[] OfRatios =
    [
        (Ratio.NameOf("single-32", Ratio.SinglePostCeiling), 0.65),
        (Ratio.NameOf("batch-100", "C"), 0.35),
        (Ratio.NameOf("batch-1000", "C"), 0.35),
        (Ratio.NameOf("hot-lead-32", "single-32"), 0.9),
        (Ratio.NameOf("read-by-id", "H"), 0.5),
    ];

    public bool Met => AtLeast ? Value >= Bound : Value <= Bound;

    /// <param name="syncMicroseconds">Of one fdatasync on this machine.</param>
    /// <returns>Those whose figures were all measured.</returns>
    public static IReadOnlyList<Target> Of(IReadOnlyList<Measurement> measurements, double syncMicroseconds)
    {
        var ratios = Ratio.Of(measurements).ToDictionary(r => r.Name, r => r.Value, StringComparer.Ordinal);
        var targets = OfRatios.Where(t => ratios.ContainsKey(t.Ratio)).Select(t => new Target(t.Ratio, ratios[t.Ratio], t.Bound, AtLeast: true, "")).ToList();
        if (MedianOf("A", m => m.PerSecond) >= FastAppendsPerSecond && MedianOf("single-32", m => m.PerSecond) is { } single)
        {
            targets.Add(new($"single-32, as A >= {FastAppendsPerSecond:N0}/s", single, SinglePostsPerSecond, AtLeast: true, "/s"));
        }

        AtMost("half-peak", Math.Max(SyncsPerAcknowledgement * syncMicroseconds / 1000, AcknowledgementMs));
        AtMost("live-lag", LiveLagMs);
        AtMost("feed-lag", FeedLagMs);
        AtMost("list-by-score", ListPageMs);
        return targets;

        void AtMost(string scenario, double ms)
        {
            if (MedianOf(scenario, m => m.P99Ms) is { } p99) targets.Add(new($"{scenario} p99", p99, ms, AtLeast: false, "ms"));
        }

        double? MedianOf(string scenario, Func<Measurement, double> figure) =>
            measurements.Where(m => m.Scenario == scenario).Select(figure).ToArray() is { Length: > 0 } values ? Median.Of(values) : null;
    }
}
