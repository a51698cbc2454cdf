namespace LeadScoring.Benchmarks.Reporting;

/// <summary>A figure beside what the machine could do at best, both of the same round: more telling than any figure alone.</summary>
/// <param name="Value">Median over the rounds.</param>
/// <param name="Min">The lowest of a round.</param>
/// <param name="Max">The highest of a round.</param>
internal sealed record Ratio(string Name, double Value, double Min, double Max)
{
    /// <summary>A single post is a request and its share of a shared append, one after the other: that is its ceiling.</summary>
    public const string SinglePostCeiling = "1/(1/H + 1/A)";

    private static readonly (string Scenario, string Ceiling, string[] Of, Func<double[], double> Value)[] All =
    [
        ("single-32", SinglePostCeiling, ["H", "A"], c => 1 / ((1 / c[0]) + (1 / c[1]))),
        ("single-256", SinglePostCeiling, ["H", "A"], c => 1 / ((1 / c[0]) + (1 / c[1]))),
        ("batch-100", "C", ["C"], c => c[0]),
        ("batch-1000", "C", ["C"], c => c[0]),
        ("hot-lead-32", "single-32", ["single-32"], c => c[0]),
        ("read-by-id", "H", ["H"], c => c[0]),
        ("spread-32", "single-32", ["single-32"], c => c[0]),
        ("duplicates-32", "single-32", ["single-32"], c => c[0]),
        ("single-32", "P", ["P"], c => c[0]),
        ("batch-1000", "A", ["A"], c => c[0]),
        ("append-500", "A", ["A"], c => c[0]),
    ];

    /// <returns>Those whose scenario and ceilings were all measured.</returns>
    public static IReadOnlyList<Ratio> Of(IReadOnlyList<Measurement> measurements)
    {
        var rates = measurements.ToDictionary(m => (m.Scenario, m.Repetition), m => m.PerSecond);
        var measured = measurements.Select(m => m.Scenario).ToHashSet(StringComparer.Ordinal);
        int[] rounds = [.. measurements.Select(m => m.Repetition).Distinct()];
        return
        [
            .. from ratio in All
               where measured.Contains(ratio.Scenario) && ratio.Of.All(measured.Contains)
               let values = rounds.Select(r => rates[(ratio.Scenario, r)] / ratio.Value([.. ratio.Of.Select(c => rates[(c, r)])])).ToArray()
               select new Ratio(NameOf(ratio.Scenario, ratio.Ceiling), Median.Of(values), values.Min(), values.Max()),
        ];
    }

    public static string NameOf(string scenario, string ceiling) => $"{scenario} / {ceiling}";
}
