namespace LeadScoring.Benchmarks.Rebuilds;

/// <param name="Events">In each log.</param>
/// <param name="Leads">Of each log, one database each: few, and many.</param>
internal sealed record RebuildOptions(int Events, IReadOnlyList<int> Leads, int Repetitions, FileInfo? JsonFile, DirectoryInfo Folder)
{
    public const int DatabasesMax = 4;

    /// <summary>From here on a log counts as one of many leads.</summary>
    public const int ManyLeadsMin = 50_000;

    /// <summary>Events/s, many leads.</summary>
    public const double RateTarget = 100_000;

    /// <summary>Of the raw log read, few leads.</summary>
    public const double ShareTarget = 0.5;
}
