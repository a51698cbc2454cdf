namespace LeadScoring.Host.Backtests.Reporting;

/// <summary>Figures as a report shows them.</summary>
internal static class Figures
{
    private const int Decimals = 6;

    /// <summary>Enough to compare, and the same on every machine.</summary>
    public static double Shown(double value) => Math.Round(value, Decimals);

    public static double? Shown(double? value) => value is { } figure && double.IsFinite(figure) ? Shown(figure) : null;

    /// <returns>Null: of nothing.</returns>
    public static double? Share(long part, long whole) => whole == 0 ? null : Shown((double)part / whole);

    /// <summary>The value below which the given share of the values lies, between two of them in proportion.</summary>
    /// <param name="ascending">At least one.</param>
    /// <param name="share">0 to 1.</param>
    public static double Quantile(IReadOnlyList<double> ascending, double share)
    {
        var place = share * (ascending.Count - 1);
        var below = (int)place;
        var above = Math.Min(below + 1, ascending.Count - 1);
        return ascending[below] + ((ascending[above] - ascending[below]) * (place - below));
    }

    public static DateTimeOffset Instant(long ticks) => new(ticks, TimeSpan.Zero);
}
