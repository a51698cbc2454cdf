namespace LeadScoring.Domain.Backtests;

/// <summary>Where the scores of all leads of a backtest lie.</summary>
public sealed class ScoreLinks
{
    internal LinkPool<RuleLink> Sums { get; } = new();

    internal LinkPool<TickLink> Ticks { get; } = new();
}

/// <summary>All engagements of one rule of one lead.</summary>
internal struct RuleLink : ILink
{
    /// <summary>Points of the current cycle, decayed to <see cref="At"/>, before the rule's cap.</summary>
    public double InCycle;
    public long At;

    /// <summary>When the engagements of a frequency-capped rule occurred that count on its latest days, latest first; 0: none.</summary>
    public int Ticks;
    public short Rule;

    /// <summary>How many days these are of.</summary>
    public byte Days;

    public int Next { get; set; }
}

internal struct TickLink : ILink
{
    public long At;

    public int Next { get; set; }

    public readonly long Day => At / TimeSpan.TicksPerDay;
}
