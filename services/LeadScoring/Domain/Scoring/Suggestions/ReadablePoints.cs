namespace LeadScoring.Domain.Scoring.Suggestions;

/// <summary>Points as people would write them: nobody defends 17.34 in a meeting.</summary>
public static class ReadablePoints
{
    private const double CoarseFrom = 20;
    private const double CoarseStep = 5;
    private const double WholeFrom = 5;
    private const double FineStep = 0.5;

    /// <summary>Whole fives from 20 on, whole points from 5 on, halves below; never 0, which would have no effect.</summary>
    public static double Of(double points)
    {
        var magnitude = Math.Min(Math.Abs(points), ScoringModelDocument.PointsMax);
        var step = magnitude >= CoarseFrom ? CoarseStep : magnitude >= WholeFrom ? 1 : FineStep;
        return Math.CopySign(Math.Max(FineStep, Math.Round(magnitude / step, MidpointRounding.AwayFromZero) * step), points);
    }
}
