namespace LeadScoring.Benchmarks.Backtests;

/// <param name="Events">In the log beforehand.</param>
/// <param name="Leads">Of them.</param>
/// <param name="Seconds">How long posts are measured, alone and beside a backtest.</param>
internal sealed record BacktestStudyOptions(int Events, int Leads, int Repetitions, int Seconds, FileInfo? JsonFile, DirectoryInfo Folder)
{
    /// <summary>Of the raw log read.</summary>
    public const double ShareTarget = 0.3;

    public const double MegabytesTarget = 500;

    /// <summary>Of the posts without a backtest beside them.</summary>
    public const double PostsTarget = 0.7;
}
