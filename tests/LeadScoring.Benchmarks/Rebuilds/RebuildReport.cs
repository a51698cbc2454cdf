using LeadScoring.Benchmarks.Reporting;

namespace LeadScoring.Benchmarks.Rebuilds;

/// <summary>One rebuild beside one raw read of the same log.</summary>
/// <param name="RawPerSecond">F, events/s.</param>
/// <param name="PerSecond">Events/s of the whole command, from the start of its process to its end.</param>
/// <param name="MegabytesMax">The most memory the command had resident, MiB.</param>
internal sealed record RebuildRound(int Leads, long Events, int Repetition, double RawPerSecond, double PerSecond, double MegabytesMax);

/// <summary>All repetitions on one log; rates and shares are medians.</summary>
internal sealed record RebuildSummary(
    int Leads,
    long Events,
    double RawPerSecond,
    double PerSecond,
    double PerSecondMin,
    double PerSecondMax,
    double Share,
    double ShareMin,
    double ShareMax,
    double MegabytesMax,
    double VerifySeconds)
{
    public double? ShareTarget => Leads < RebuildOptions.ManyLeadsMin ? RebuildOptions.ShareTarget : null;

    public double? RateTarget => Leads < RebuildOptions.ManyLeadsMin ? null : RebuildOptions.RateTarget;

    public static RebuildSummary Of(IReadOnlyList<RebuildRound> rounds, double verifySeconds)
    {
        double[] shares = [.. rounds.Select(r => r.PerSecond / r.RawPerSecond)];
        return new(
            rounds[0].Leads,
            rounds[0].Events,
            Median.Of(rounds.Select(r => r.RawPerSecond)),
            Median.Of(rounds.Select(r => r.PerSecond)),
            rounds.Min(r => r.PerSecond),
            rounds.Max(r => r.PerSecond),
            Median.Of(shares),
            shares.Min(),
            shares.Max(),
            rounds.Max(r => r.MegabytesMax),
            verifySeconds);
    }
}

/// <summary>Everything the study found.</summary>
internal sealed record RebuildReport(
    DateTimeOffset At, int Repetitions, Machine Machine, IReadOnlyList<RebuildSummary> Logs, IReadOnlyList<RebuildRound> Rounds);
