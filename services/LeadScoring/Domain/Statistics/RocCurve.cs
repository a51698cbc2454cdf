namespace LeadScoring.Domain.Statistics;

/// <summary>How well a score ranks those with an outcome before those without.</summary>
public static class RocCurve
{
    /// <summary>
    /// The area under the curve: how likely one with the outcome is to score higher than one without, a tie counting half.
    /// 0.5 is chance, 1 a perfect ranking.
    /// </summary>
    /// <param name="scores">Finite; any scale.</param>
    /// <param name="outcomes">As many as there are scores.</param>
    /// <returns>Null when all or none have the outcome.</returns>
    public static double? Area(IEnumerable<double> scores, IEnumerable<bool> outcomes)
    {
        var keys = scores.ToArray();
        var hits = outcomes.ToArray();
        if (keys.Length != hits.Length) throw new ArgumentException("Every score needs its outcome.", nameof(outcomes));
        Array.Sort(keys, hits);
        var (positives, negatives, wins) = (0L, 0L, 0.0);
        for (var from = 0; from < keys.Length;)
        {
            var (tiedPositives, tiedNegatives) = (0L, 0L);
            var to = from;
            for (; to < keys.Length && keys[to].Equals(keys[from]); to++)
            {
                if (hits[to]) tiedPositives++;
                else tiedNegatives++;
            }

            wins += tiedPositives * (negatives + (tiedNegatives / 2.0));
            positives += tiedPositives;
            negatives += tiedNegatives;
            from = to;
        }

        return positives == 0 || negatives == 0 ? null : wins / positives / negatives;
    }

    /// <summary>The area's standard error by Hanley and McNeil (Radiology 143, 1982).</summary>
    public static double StandardError(double area, long positives, long negatives)
    {
        var q1 = area / (2 - area);
        var q2 = 2 * area * area / (1 + area);
        var variance = (area * (1 - area)) + ((positives - 1) * (q1 - (area * area))) + ((negatives - 1) * (q2 - (area * area)));
        return Math.Sqrt(variance / positives / negatives);
    }
}
