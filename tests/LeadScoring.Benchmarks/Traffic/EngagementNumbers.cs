namespace LeadScoring.Benchmarks.Traffic;

/// <summary>Makes the ids of all engagements of a run: no two kinds of traffic may post the same one. Safe for concurrent use.</summary>
internal sealed class EngagementNumbers
{
    private long last;

    /// <returns>The first of so many numbers that follow each other.</returns>
    public long Take(int count) => Interlocked.Add(ref last, count) - count + 1;
}
