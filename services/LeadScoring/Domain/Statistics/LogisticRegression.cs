using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace LeadScoring.Domain.Statistics;

/// <summary>A value that is not 0 in a row.</summary>
/// <param name="Column">0-based.</param>
public readonly record struct Feature(int Column, double Value);

/// <summary>What is known of one case, and its outcome.</summary>
/// <param name="Features">Each column at most once; those left out are 0.</param>
public sealed record LabelledRow(IReadOnlyList<Feature> Features, bool IsPositive);

/// <summary>
/// Logistic regression with an optional ridge penalty, by Newton's method (iteratively reweighted least squares). The
/// intercept is not penalised.
/// </summary>
/// <remarks>
/// Maximises Σ log p(outcome) − ridge/2 · Σ (coefficient · s)², s the column's standard deviation over all rows: the scale a
/// column is measured on makes no difference. A ridge of 1 equals <c>C=1</c> of scikit-learn on standardised columns.
/// </remarks>
public static class LogisticRegression
{
    private const int IterationsMax = 100;
    private const int HalvingsMax = 40;

    /// <summary>Below this expected gain of another step the summit is reached.</summary>
    private const double GainLeast = 1e-12;

    /// <summary>Odds beyond e^20 to 1 without a penalty are a sign that the outcomes are separated, not of evidence.</summary>
    private const double LogOddsMax = 20;

    /// <param name="columns">How many columns there are; the highest column of a row is one less.</param>
    /// <param name="ridge">0 (none) or more.</param>
    /// <returns>A column that is the same in every row has coefficient 0 and no standard error.</returns>
    /// <exception cref="ArgumentException">There are no rows.</exception>
    public static LogisticFit Fit(IReadOnlyList<LabelledRow> rows, int columns, double ridge, CancellationToken ct = default)
    {
        if (rows.Count == 0) throw new ArgumentException("There is nothing to learn from.", nameof(rows));
        var scales = Scales(rows, columns);
        var places = new int[columns];
        var used = 1;
        for (var i = 0; i < columns; i++) places[i] = scales[i] > 0 ? used++ : 0;
        var likelihood = new Likelihood(rows, scales, places, used, ridge);
        var beta = new double[used];
        var slope = likelihood.At(beta);
        var converged = false;
        var iterations = 0;
        for (; iterations < IterationsMax && !converged; iterations++)
        {
            ct.ThrowIfCancellationRequested();
            if (Factorise(slope.Information) is not { } factor) break;
            var step = factor.Solve(Vector<double>.Build.DenseOfArray(slope.Gradient)).AsArray();
            converged = Dot(step, slope.Gradient) < GainLeast;
            if (Step(likelihood, beta, step, slope) is not { } moved) break;
            (beta, slope) = moved;
        }

        var covariance = Factorise(slope.Information)?.Solve(Matrix<double>.Build.DenseIdentity(used)).ToArray();
        var isSeparated = ridge == 0 && slope.LogOddsMax > LogOddsMax;
        return new(beta, scales, places, covariance, slope.LogLikelihood, iterations, converged && !isSeparated && covariance is not null);
    }

    /// <summary>Standard deviations over all rows.</summary>
    private static double[] Scales(IReadOnlyList<LabelledRow> rows, int columns)
    {
        var means = new double[columns];
        var counts = new int[columns];
        foreach (var row in rows)
        {
            foreach (var (column, value) in row.Features)
            {
                means[column] += value / rows.Count;
                counts[column]++;
            }
        }

        var squares = new double[columns];
        foreach (var row in rows)
        {
            foreach (var (column, value) in row.Features) squares[column] += Math.Pow(value - means[column], 2);
        }

        for (var i = 0; i < columns; i++)
        {
            squares[i] = Math.Sqrt((squares[i] + ((rows.Count - counts[i]) * means[i] * means[i])) / rows.Count);
            if (squares[i] < 1e-12 * Math.Max(1, Math.Abs(means[i]))) squares[i] = 0;
        }

        return squares;
    }

    /// <summary>The full step, or the first of its halves that does not lead downhill.</summary>
    private static (double[] Beta, Slope Slope)? Step(Likelihood likelihood, double[] beta, double[] step, Slope before)
    {
        var length = 1.0;
        for (var i = 0; i < HalvingsMax; i++, length /= 2)
        {
            var next = beta.Zip(step, (b, s) => b + (length * s)).ToArray();
            var slope = likelihood.At(next);
            if (slope.Objective >= before.Objective - (1e-12 * Math.Abs(before.Objective))) return (next, slope);
        }

        return null;
    }

    private static Cholesky<double>? Factorise(Matrix<double> information)
    {
        try
        {
            return information.Cholesky();
        }
        catch (ArgumentException)
        {
            return null; // Not positive definite: some columns say the same, and no penalty decides between them.
        }
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private sealed record Slope(double LogLikelihood, double Objective, double[] Gradient, Matrix<double> Information, double LogOddsMax);

    private sealed class Likelihood(IReadOnlyList<LabelledRow> rows, double[] scales, int[] places, int used, double ridge)
    {
        public Slope At(double[] beta)
        {
            var gradient = new double[used];
            var information = Enumerable.Range(0, used).Select(_ => new double[used]).ToArray();
            var (logLikelihood, logOddsMax) = (0.0, 0.0);
            var (at, values) = (new int[used], new double[used]);
            (at[0], values[0]) = (0, 1);
            foreach (var row in rows)
            {
                var count = 1;
                var logOdds = beta[0];
                for (var i = 0; i < row.Features.Count; i++)
                {
                    var (column, value) = row.Features[i];
                    if (places[column] == 0) continue;
                    (at[count], values[count]) = (places[column], value / scales[column]);
                    logOdds += beta[at[count]] * values[count];
                    count++;
                }

                var p = 1 / (1 + Math.Exp(-logOdds));
                var towards = row.IsPositive ? logOdds : -logOdds;
                logLikelihood -= towards > 0 ? Math.Log(1 + Math.Exp(-towards)) : Math.Log(1 + Math.Exp(towards)) - towards;
                logOddsMax = Math.Max(logOddsMax, Math.Abs(logOdds));
                var error = (row.IsPositive ? 1 : 0) - p;
                var weight = p * (1 - p);
                for (var i = 0; i < count; i++)
                {
                    gradient[at[i]] += error * values[i];
                    var weighted = weight * values[i];
                    var line = information[at[i]];
                    for (var j = 0; j <= i; j++) line[at[j]] += weighted * values[j];
                }
            }

            var penalty = 0.0;
            for (var i = 1; i < used; i++)
            {
                gradient[i] -= ridge * beta[i];
                information[i][i] += ridge;
                penalty += ridge / 2 * beta[i] * beta[i];
            }

            // A row's features come in any order: what was added on either side of the diagonal belongs together.
            return new(logLikelihood, logLikelihood - penalty, gradient, Symmetric(information), logOddsMax);
        }

        private Matrix<double> Symmetric(double[][] parts) => Matrix<double>.Build.Dense(
            used, used, (i, j) => i == j ? parts[i][i] : parts[i][j] + parts[j][i]);
    }
}
