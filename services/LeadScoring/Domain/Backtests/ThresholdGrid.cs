namespace LeadScoring.Domain.Backtests;

/// <summary>Thresholds a model is tried with: even steps around its own, which is one of them.</summary>
public sealed class ThresholdGrid
{
    /// <summary>Steps up to the model's own threshold.</summary>
    private const int StepsToThreshold = 20;

    /// <summary>Three times the threshold is as far as it is tried.</summary>
    public const int StepsMax = 3 * StepsToThreshold;

    /// <param name="threshold">The model's; positive or not, it is reached after as many steps.</param>
    /// <param name="floor">What a lead scores that has done nothing: the first step lies above it.</param>
    public ThresholdGrid(double threshold, double floor)
    {
        var step = (threshold - floor) / StepsToThreshold;
        Thresholds = [.. Enumerable.Range(1, StepsMax).Select(i => i == StepsToThreshold ? threshold : floor + (step * i))];
    }

    /// <summary>Ascending.</summary>
    public IReadOnlyList<double> Thresholds { get; }

    /// <summary>How many of the thresholds a score reaches.</summary>
    public byte StepsOf(double score)
    {
        var (low, high) = (0, Thresholds.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (score >= Thresholds[middle]) low = middle + 1;
            else high = middle;
        }

        return (byte)low;
    }
}
