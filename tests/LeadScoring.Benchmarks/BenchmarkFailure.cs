namespace LeadScoring.Benchmarks;

/// <summary>An answer, or the database at the end, was not what it must be: the figures are worth nothing.</summary>
internal sealed class BenchmarkFailure(string message) : Exception(message);
