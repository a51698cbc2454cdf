using LeadScoring.Domain.Statistics;

namespace LeadScoring.Domain.Scoring.Suggestions;

/// <summary>
/// Cut-offs of fit from how those of each fit ended: A has at least twice the odds of all, B at least their odds, C at least half
/// of them, D less or a fit worse than any seen. Better fits are taken to be no worse than lesser ones. The least grade that
/// qualifies reaches down to the best fits there are in any case: a definition nobody meets is none.
/// </summary>
internal static class FitCutOffs
{
    /// <summary>Between two grades nobody separates.</summary>
    private const double Apart = 5;

    /// <summary>From a rate to its odds and back is not always the same rate.</summary>
    private const double Rounding = 1e-9;

    private static readonly double[] OddsOfGrades = [2, 1, 0.5];

    /// <param name="samples">Fit and outcome; some with the outcome and some without.</param>
    /// <param name="minimum">The least grade that qualifies.</param>
    /// <returns>Least fit for A, B and C: falling.</returns>
    public static double[] Of(IReadOnlyList<(double Fit, bool IsPositive)> samples, Grade minimum)
    {
        var groups = samples.GroupBy(s => s.Fit).OrderBy(g => g.Key)
            .Select(g => (Fit: g.Key, Share: new Share(g.Count(s => s.IsPositive), g.Count()))).ToList();
        var rates = IsotonicRates.Of([.. groups.Select(g => g.Share)]);
        var all = (double)samples.Count(s => s.IsPositive) / samples.Count;
        var cutOffs = new double[OddsOfGrades.Length];
        for (var grade = 0; grade < cutOffs.Length; grade++)
        {
            var least = RateAt(all / (1 - all) * OddsOfGrades[grade]);
            var first = Array.FindIndex(rates, r => r >= least - Rounding);
            if (first < 0 && grade == (int)minimum) first = Array.FindIndex(rates, r => r >= rates[^1]);
            var cutOff = first < 0 ? groups[^1].Fit + Apart : groups[first].Fit;
            cutOffs[grade] = grade > 0 && cutOff >= cutOffs[grade - 1] ? Below(cutOffs[grade - 1], groups.Select(g => g.Fit)) : cutOff;
        }

        return cutOffs;
    }

    private static double RateAt(double odds) => odds / (1 + odds);

    /// <summary>Under a cut-off, and above every fit that lies under it.</summary>
    private static double Below(double cutOff, IEnumerable<double> fits)
    {
        var beneath = fits.Where(f => f < cutOff).Select(f => (double?)f).Max();
        return beneath is { } fit ? (fit + cutOff) / 2 : cutOff - Apart;
    }
}
