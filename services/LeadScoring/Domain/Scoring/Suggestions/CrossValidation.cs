using LeadScoring.Domain.Statistics;

namespace LeadScoring.Domain.Scoring.Suggestions;

/// <summary>Judges each lead by what was learned from others, and so tells how strict to be with rules.</summary>
internal static class CrossValidation
{
    private const int Folds = 5;

    /// <summary>A ranking this little worse is worth fewer rules.</summary>
    private const double AreaSlack = 0.005;

    /// <returns>
    /// The strictest that ranks next to as well as the best (<see cref="AreaSlack"/>); and under it the log odds of each sample, learned from the other
    /// folds.
    /// </returns>
    public static (Strictness Strictness, double[] LogOdds) Run(IReadOnlyList<OutcomeSample> samples, IReadOnlyList<int> columns, CancellationToken ct)
    {
        var candidates = Strictness.All;
        var logOdds = candidates.Select(_ => new double[samples.Count]).ToArray();
        for (var fold = 0; fold < Folds; fold++)
        {
            var learned = Weighing.ByStrictness([.. samples.Where(s => FoldOf(s) != fold)], columns, candidates, ct);
            for (var i = 0; i < samples.Count; i++)
            {
                if (FoldOf(samples[i]) != fold) continue;
                for (var c = 0; c < candidates.Count; c++) logOdds[c][i] = learned[c].LogOdds(samples[i]);
            }
        }

        var areas = logOdds.Select(odds => RocCurve.Area(odds, samples.Select(s => s.IsPositive)) ?? 0).ToArray();
        var chosen = Array.FindIndex(areas, area => area >= areas.Max() - AreaSlack);
        return (candidates[chosen], logOdds[chosen]);
    }

    /// <summary>All cycles of a lead fall into one.</summary>
    private static int FoldOf(OutcomeSample sample)
    {
        Span<byte> bytes = stackalloc byte[16];
        sample.LeadId.TryWriteBytes(bytes);
        var sum = 0u;
        foreach (var b in bytes) sum = (sum * 31) + b;
        return (int)(sum % Folds);
    }
}
