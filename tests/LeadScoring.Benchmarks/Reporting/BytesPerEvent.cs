using LeadScoring.Benchmarks.Stack;

namespace LeadScoring.Benchmarks.Reporting;

/// <summary>By how much one table or index grew for each event that was stored meanwhile.</summary>
internal sealed record BytesPerEvent(string Relation, double Bytes)
{
    /// <summary>Less than this is not listed, only summed.</summary>
    private const double ListedMin = 0.5;

    /// <returns>The largest first, after the sum of all; empty when no event was stored meanwhile.</returns>
    public static IReadOnlyList<BytesPerEvent> Between(StoredBytes before, StoredBytes after)
    {
        double events = after.Events - before.Events;
        if (events <= 0) return [];
        var all = after.Relations.Select(r => new BytesPerEvent(r.Key, (r.Value - before.Relations.GetValueOrDefault(r.Key)) / events)).ToList();
        return [new BytesPerEvent("all", all.Sum(r => r.Bytes)), .. all.Where(r => r.Bytes >= ListedMin).OrderByDescending(r => r.Bytes)];
    }
}
