namespace LeadScoring.Domain.Statistics;

/// <summary>What a logistic regression found.</summary>
/// <remarks>
/// With a penalty the standard errors are those of the penalised optimum's curvature: slightly smaller than without, about an
/// estimate that is slightly too near to 0.
/// </remarks>
public sealed class LogisticFit
{
    private readonly double[,]? _covariance;
    private readonly int[] _places;
    private readonly double[] _scales;

    /// <param name="beta">The intercept, then a standardised coefficient for each place.</param>
    /// <param name="places">By column: its place in <paramref name="beta"/>; 0: the column says nothing.</param>
    internal LogisticFit(
        double[] beta, double[] scales, int[] places, double[,]? covariance, double logLikelihood, int iterations, bool converged)
    {
        (_covariance, _places, _scales) = (covariance, places, scales);
        Intercept = beta[0];
        Coefficients = [.. places.Select((place, i) => place == 0 ? 0 : beta[place] / scales[i])];
        LogLikelihood = logLikelihood;
        Iterations = iterations;
        Converged = converged;
        InterceptError = covariance is null ? double.NaN : Math.Sqrt(covariance[0, 0]);
        StandardErrors = [.. places.Select((place, i) => place == 0 || covariance is null ? double.NaN : Math.Sqrt(covariance[place, place]) / scales[i])];
    }

    public double Intercept { get; }

    /// <summary>By column: log odds a unit of its value adds.</summary>
    public IReadOnlyList<double> Coefficients { get; }

    public double InterceptError { get; }

    /// <summary>By column; NaN: the column says nothing, or the fit failed.</summary>
    public IReadOnlyList<double> StandardErrors { get; }

    /// <summary>Without the penalty; 0 would be certainty about everything.</summary>
    public double LogLikelihood { get; }

    public int Iterations { get; }

    /// <summary>False: the optimum was not reached, or lies at infinity, as when the outcomes are separated.</summary>
    public bool Converged { get; }

    /// <summary>Whether the column varies, so that it has a coefficient of its own.</summary>
    public bool IsInformed(int column) => _places[column] > 0;

    /// <summary>Wald's z of a column; NaN where there is none.</summary>
    public double Z(int column) => Coefficients[column] / StandardErrors[column];

    /// <summary>Wald's two-sided p of a column; 1 where there is none.</summary>
    public double PValue(int column) => double.IsFinite(Z(column)) ? Tails.TwoSided(Z(column)) : 1;

    /// <summary>Wald's interval of a column's coefficient.</summary>
    /// <returns>Null: the column has no standard error.</returns>
    public Interval? IntervalOf(int column, double confidence = 0.95)
    {
        var half = Tails.HalfWidth(confidence) * StandardErrors[column];
        return double.IsFinite(half) ? new(Coefficients[column] - half, Coefficients[column] + half) : null;
    }

    /// <summary>Covariance of two columns' coefficients; 0 where there is none.</summary>
    public double Covariance(int column, int other) => _covariance is null || _places[column] == 0 || _places[other] == 0
        ? 0
        : _covariance[_places[column], _places[other]] / _scales[column] / _scales[other];

    /// <summary>Log odds of the outcome.</summary>
    public double LogOdds(IReadOnlyList<Feature> features)
    {
        var total = Intercept;
        for (var i = 0; i < features.Count; i++) total += Coefficients[features[i].Column] * features[i].Value;
        return total;
    }
}
