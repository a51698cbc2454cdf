namespace LeadScoring.Domain.Statistics;

/// <summary>How often something happened.</summary>
/// <param name="Hits">0 to <paramref name="Trials"/>.</param>
public readonly record struct Share(long Hits, long Trials)
{
    /// <summary>Null: nothing was tried.</summary>
    public double? Rate => Trials == 0 ? null : (double)Hits / Trials;
}

/// <summary>Compares how often something happened here and there.</summary>
public static class Proportions
{
    /// <summary>Below this many expected in any cell the normal approximation is not to be trusted.</summary>
    private const double ExpectedLeast = 5;

    /// <summary>Relative slack for "as unlikely as": the same table summed in another order must not fall out.</summary>
    private const double TieSlack = 1e-7;

    /// <summary>
    /// P that two shares differ at least this much by chance: the pooled two-proportion z test, or Fisher's exact test where a
    /// cell is expected to hold fewer than five.
    /// </summary>
    /// <returns>Null when either side is empty.</returns>
    public static double? PValue(Share here, Share there)
    {
        if (here.Trials == 0 || there.Trials == 0) return null;
        var hits = here.Hits + there.Hits;
        var trials = here.Trials + there.Trials;
        if (hits == 0 || hits == trials) return 1;
        var least = (double)Math.Min(hits, trials - hits) * Math.Min(here.Trials, there.Trials) / trials;
        return least < ExpectedLeast ? FisherExact(here, there) : Tails.TwoSided(PooledZ(here, there));
    }

    /// <summary>The pooled two-proportion z: positive when it happened more often here.</summary>
    public static double PooledZ(Share here, Share there)
    {
        var pooled = (double)(here.Hits + there.Hits) / (here.Trials + there.Trials);
        var variance = pooled * (1 - pooled) * ((1.0 / here.Trials) + (1.0 / there.Trials));
        return (here.Rate!.Value - there.Rate!.Value) / Math.Sqrt(variance);
    }

    /// <summary>Fisher's exact test, two-sided: all tables with these margins that are no likelier than this one.</summary>
    public static double FisherExact(Share here, Share there)
    {
        var hits = here.Hits + there.Hits;
        var trials = here.Trials + there.Trials;
        var observed = LogProbability(here.Hits);
        var total = 0.0;
        for (var k = Math.Max(0, hits - there.Trials); k <= Math.Min(hits, here.Trials); k++)
        {
            var log = LogProbability(k);
            if (log <= observed + TieSlack) total += Math.Exp(log);
        }

        return Math.Min(1, total);

        double LogProbability(long k) =>
            LogChoose(here.Trials, k) + LogChoose(there.Trials, hits - k) - LogChoose(trials, hits);
    }

    /// <summary>Wilson's score interval of a share: sensible also at 0 and at 1.</summary>
    /// <returns>Null: nothing was tried.</returns>
    public static Interval? Wilson(Share share, double confidence = 0.95)
    {
        if (share.Rate is not { } rate) return null;
        var (n, z) = ((double)share.Trials, Tails.HalfWidth(confidence));
        var centre = (rate + (z * z / (2 * n))) / (1 + (z * z / n));
        var half = z / (1 + (z * z / n)) * Math.Sqrt((rate * (1 - rate) / n) + (z * z / (4 * n * n)));
        return new(Math.Max(0, centre - half), Math.Min(1, centre + half));
    }

    /// <summary>P that shares of several groups differ at least this much by chance: Pearson's chi-square test.</summary>
    /// <returns>Null with fewer than two groups that hold anything, or when it happened always or never.</returns>
    public static double? PValue(IReadOnlyList<Share> groups)
    {
        var held = groups.Where(g => g.Trials > 0).ToList();
        var (hits, trials) = (held.Sum(g => g.Hits), held.Sum(g => g.Trials));
        if (held.Count < 2 || hits == 0 || hits == trials) return null;
        var rate = (double)hits / trials;
        var statistic = held.Sum(g => Math.Pow(g.Hits - (g.Trials * rate), 2) / (g.Trials * rate * (1 - rate)));
        return Tails.ChiSquareAbove(statistic, held.Count - 1);
    }

    private static double LogChoose(long n, long k) =>
        MathNet.Numerics.SpecialFunctions.GammaLn(n + 1) - MathNet.Numerics.SpecialFunctions.GammaLn(k + 1) - MathNet.Numerics.SpecialFunctions.GammaLn(n - k + 1);
}
