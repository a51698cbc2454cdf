namespace LeadScoring.Domain.Statistics;

/// <summary>Of many things tested, some look remarkable by chance: what a p value is worth among its fellows.</summary>
public static class FalseDiscovery
{
    /// <summary>
    /// Benjamini and Hochberg's adjustment (1995): keeping all below a bound lets at most that share of those kept be chance.
    /// </summary>
    /// <returns>Adjusted values at the places of the given ones, 0 to 1.</returns>
    public static double[] Adjust(IReadOnlyList<double> pValues)
    {
        var byFalling = Enumerable.Range(0, pValues.Count).OrderByDescending(i => pValues[i]).ToArray();
        var adjusted = new double[pValues.Count];
        var least = 1.0;
        for (var i = 0; i < byFalling.Length; i++)
        {
            var rank = byFalling.Length - i;
            least = Math.Min(least, pValues[byFalling[i]] * byFalling.Length / rank);
            adjusted[byFalling[i]] = least;
        }

        return adjusted;
    }
}
