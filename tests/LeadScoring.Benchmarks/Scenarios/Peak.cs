using LeadScoring.Benchmarks.Reporting;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>The most single posts a second the service has taken in this run: what half of the peak is half of.</summary>
internal sealed class Peak
{
    private readonly Dictionary<string, List<Measurement>> found = new(StringComparer.Ordinal);

    /// <summary>The scenarios that find it.</summary>
    public static IReadOnlyList<string> Of { get; } = ["single-32", "single-256"];

    /// <summary>Medians over the rounds so far; the warm-up counts until there is a round.</summary>
    /// <exception cref="BenchmarkFailure">Nothing that finds it has been measured.</exception>
    public double PerSecond => found.Count > 0
        ? found.Values.Max(rounds => Median.Of(rounds.Where(m => m.Repetition > 0 || rounds.Count == 1).Select(m => m.PerSecond)))
        : throw new BenchmarkFailure($"Half of the peak needs one of {string.Join(", ", Of)} in the same run.");

    public void Note(Measurement measurement)
    {
        if (!Of.Contains(measurement.Scenario)) return;
        if (!found.TryGetValue(measurement.Scenario, out var rounds)) found[measurement.Scenario] = rounds = [];
        rounds.Add(measurement);
    }
}
