using LeadScoring.Benchmarks.Reporting;

namespace LeadScoring.Benchmarks.Backtests;

/// <summary>One backtest beside one raw read of the same log, and posts with and without one.</summary>
/// <param name="RawPerSecond">F, events/s.</param>
/// <param name="PerSecond">Events/s of the whole command, from the start of its process to its end.</param>
/// <param name="MegabytesMax">The most memory the command had resident, MiB.</param>
/// <param name="Alone">Posts, events/s.</param>
/// <param name="Beside">Posts while the same service runs a backtest, events/s.</param>
internal sealed record BacktestRound(
    int Repetition, long Events, double RawPerSecond, double PerSecond, double MegabytesMax, IReadOnlyList<PostsRound> Posts)
{
    public double Share => PerSecond / RawPerSecond;
}

/// <param name="Load">Which posts.</param>
internal sealed record PostsRound(string Load, double Alone, double Beside, double AloneP99Ms, double BesideP99Ms)
{
    public double Share => Beside / Alone;
}

/// <summary>Everything the study found.</summary>
internal sealed record BacktestStudyReport(DateTimeOffset At, int Leads, Machine Machine, IReadOnlyList<BacktestRound> Rounds);
