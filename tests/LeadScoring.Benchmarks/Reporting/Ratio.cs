namespace LeadScoring.Benchmarks.Reporting;

/// <summary>A figure beside what the machine could do at best, both of the same round: more telling than any figure alone.</summary>
/// <param name="Value">Median over the rounds.</param>
/// <param name="Target">What the project wants; null: no target of its own.</param>
internal sealed record Ratio(string Name, double Value, double? Target)
{
    /// <summary>A single post is a request and its share of a shared append, one after the other: that is its ceiling.</summary>
    private const string SinglePostCeiling = "1/(1/H + 1/A)";

    private static readonly (string Scenario, string Ceiling, string[] Of, Func<double[], double> Value, double? Target)[] All =
    [
        ("single-32", SinglePostCeiling, ["H", "A"], c => 1 / ((1 / c[0]) + (1 / c[1])), 0.65),
        ("single-32", "P", ["P"], c => c[0], null),
        ("batch-100", "A", ["A"], c => c[0], null),
        ("batch-1000", "A", ["A"], c => c[0], null),
        ("read-by-id", "H", ["H"], c => c[0], 0.5),
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
               let values = rounds.Select(r => rates[(ratio.Scenario, r)] / ratio.Value([.. ratio.Of.Select(c => rates[(c, r)])]))
               select new Ratio($"{ratio.Scenario} / {ratio.Ceiling}", Median.Of(values), ratio.Target),
        ];
    }
}
