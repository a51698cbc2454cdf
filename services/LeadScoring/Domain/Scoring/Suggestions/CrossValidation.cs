using LeadScoring.Domain.Statistics;

namespace LeadScoring.Domain.Scoring.Suggestions;

/// <summary>Judges each lead by what was learned from others, and so tells how strict to be with rules.</summary>
internal static class CrossValidation
{
    private const int Folds = 5;

    /// <summary>A ranking this little worse is worth fewer rules.</summary>
    private const double AreaSlack = 0.005;

    /// <summary>So many standard errors may be chance.</summary>
    private const double ErrorsOfChance = 2;

    /// <returns>
    /// The strictest weighing that ranks as well as the best but for a trifle or chance, and the mean over the folds of the area under the ROC
    /// curve of its like: log odds of two folds come from two regressions, and are compared only within one.
    /// </returns>
    public static (Weighing Weighing, double Area) Run(IReadOnlyList<OutcomeSample> samples, IReadOnlyList<int> columns, CancellationToken ct)
    {
        var candidates = Strictness.All;
        var areas = candidates.Select(_ => new List<double>()).ToArray();
        foreach (var fold in samples.GroupBy(FoldOf).OrderBy(f => f.Key))
        {
            var strangers = fold.ToList();
            if (strangers.All(s => s.IsPositive) || !strangers.Any(s => s.IsPositive)) continue;
            var learned = Weighing.ByStrictness([.. samples.Where(s => FoldOf(s) != fold.Key)], columns, candidates, ct);
            for (var c = 0; c < areas.Length; c++)
            {
                areas[c].Add(RocCurve.Area(strangers.Select(learned[c].LogOdds), strangers.Select(s => s.IsPositive))!.Value);
            }
        }

        var best = areas.MaxBy(a => a.Sum())!;
        var chosen = Array.FindIndex(areas, a => IsNextToAsGood(a, best));
        return (Weighing.ByStrictness(samples, columns, [candidates[chosen]], ct)[0], areas[chosen].DefaultIfEmpty().Average());
    }

    /// <summary>Whether the mean difference is small, or within twice its standard error.</summary>
    private static bool IsNextToAsGood(List<double> areas, List<double> best)
    {
        var behind = best.Zip(areas, (b, a) => b - a).ToList();
        if (behind.Count < 2) return true;
        var mean = behind.Average();
        var error = Math.Sqrt(behind.Sum(d => (d - mean) * (d - mean)) / (behind.Count - 1) / behind.Count);
        return mean <= Math.Max(AreaSlack, ErrorsOfChance * error);
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
