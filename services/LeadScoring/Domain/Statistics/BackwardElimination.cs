namespace LeadScoring.Domain.Statistics;

/// <summary>
/// Which columns a regression could do without, dropped one after the other, the least certain first: of several that say the
/// same one stays. Lawless and Singhal's fast method (Biometrics 34, 1978): one fit tells all.
/// </summary>
public static class BackwardElimination
{
    /// <param name="falseDiscoveryRate">
    /// The share of kept columns that may be there by chance, 0 to 1: the k-th of m stays while its p is at most k/m of it, which
    /// is Benjamini and Hochberg's rule.
    /// </param>
    /// <param name="isProtected">Columns that stay whatever they say; they are not counted.</param>
    /// <returns>The columns to keep, ascending; those that never vary are dropped.</returns>
    public static IReadOnlyList<int> Run(LogisticFit fit, double falseDiscoveryRate, Func<int, bool>? isProtected = null) =>
        Run(fit, (free, tested) => falseDiscoveryRate * free / tested, isProtected);

    /// <summary>The same with one bound for all, however many there are.</summary>
    /// <param name="pValueMax">0 to 1.</param>
    /// <inheritdoc cref="Run(LogisticFit, double, Func{int, bool}?)"/>
    public static IReadOnlyList<int> RunEach(LogisticFit fit, double pValueMax) => Run(fit, (_, _) => pValueMax, isProtected: null);

    private static List<int> Run(LogisticFit fit, Func<int, int, double> pValueMax, Func<int, bool>? isProtected)
    {
        var columns = Enumerable.Range(0, fit.Coefficients.Count).Where(fit.IsInformed).ToArray();
        var beta = columns.Select(c => fit.Coefficients[c]).ToArray();
        var covariance = new double[columns.Length, columns.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            for (var j = 0; j < columns.Length; j++) covariance[i, j] = fit.Covariance(columns[i], columns[j]);
        }

        var kept = Enumerable.Range(0, columns.Length).ToHashSet();
        var free = kept.Where(i => isProtected?.Invoke(columns[i]) is not true).ToHashSet();
        var tested = free.Count;
        while (free.Count > 0)
        {
            var worst = free.MinBy(i => (Math.Abs(beta[i]) / Math.Sqrt(covariance[i, i]), i));
            if (Tails.TwoSided(beta[worst] / Math.Sqrt(covariance[worst, worst])) <= pValueMax(free.Count, tested)) break;
            Drop(worst, kept, beta, covariance);
            free.Remove(worst);
        }

        return [.. kept.Order().Select(i => columns[i])];
    }

    /// <summary>What the others are when this one is held at 0.</summary>
    private static void Drop(int column, HashSet<int> kept, double[] beta, double[,] covariance)
    {
        kept.Remove(column);
        var pivot = covariance[column, column];
        foreach (var i in kept) beta[i] -= covariance[i, column] * beta[column] / pivot;
        foreach (var i in kept)
        {
            foreach (var j in kept) covariance[i, j] -= covariance[i, column] * covariance[column, j] / pivot;
        }
    }
}
