namespace LeadScoring.Domain.Statistics;

/// <summary>Rates that never fall as the score rises, nearest to those seen: pool adjacent violators.</summary>
public static class IsotonicRates
{
    /// <param name="groups">By rising score; each holds something.</param>
    /// <returns>The rate of each group.</returns>
    public static double[] Of(IReadOnlyList<Share> groups)
    {
        var pools = new List<(long Hits, long Trials, int Groups)>();
        foreach (var group in groups)
        {
            var pool = (group.Hits, group.Trials, Groups: 1);
            while (pools.Count > 0 && (double)pools[^1].Hits / pools[^1].Trials >= (double)pool.Hits / pool.Trials)
            {
                pool = (pool.Hits + pools[^1].Hits, pool.Trials + pools[^1].Trials, pool.Groups + pools[^1].Groups);
                pools.RemoveAt(pools.Count - 1);
            }

            pools.Add(pool);
        }

        return [.. pools.SelectMany(p => Enumerable.Repeat((double)p.Hits / p.Trials, p.Groups))];
    }
}
