using MathNet.Numerics;
using MathNet.Numerics.Distributions;

namespace LeadScoring.Domain.Statistics;

/// <summary>How likely chance alone is to go as far: tails of the normal and chi-square distributions.</summary>
public static class Tails
{
    /// <summary>P(|Z| ≥ |z|) of a standard normal; exact far out in the tail too.</summary>
    public static double TwoSided(double z) => SpecialFunctions.Erfc(Math.Abs(z) / Math.Sqrt(2));

    /// <summary>P(X ≥ statistic) of a chi-square distribution.</summary>
    /// <param name="statistic">0 or more.</param>
    /// <param name="degreesOfFreedom">1 or more.</param>
    public static double ChiSquareAbove(double statistic, int degreesOfFreedom) =>
        statistic <= 0 ? 1 : SpecialFunctions.GammaUpperRegularized(degreesOfFreedom / 2.0, statistic / 2);

    /// <summary>The z below which a standard normal falls with a probability.</summary>
    /// <param name="probability">Between 0 and 1.</param>
    public static double NormalQuantile(double probability) => Normal.InvCDF(0, 1, probability);

    /// <summary>How many standard errors an interval reaches to either side.</summary>
    /// <param name="confidence">E.g. 0.95.</param>
    public static double HalfWidth(double confidence) => NormalQuantile((1 + confidence) / 2);
}
