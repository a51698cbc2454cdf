using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Domain.Backtests;

/// <summary>The first instant in a cycle at which a model would have decided.</summary>
/// <param name="At">UTC ticks; 0: it did not.</param>
/// <param name="Score">EngagementScore of the cycle, unrounded.</param>
public readonly record struct Crossing(long At, double Score, Grade Grade)
{
    public bool Happened => At != 0;
}

/// <summary>What both models said when the lead was really handed to sales.</summary>
/// <param name="At">UTC ticks.</param>
/// <param name="DraftUses">What each engagement rule of the draft counted.</param>
public sealed record HandoffSnapshot(long At, double DraftScore, double LiveScore, FitProfile Fit, RuleUse[] DraftUses);

/// <summary>How sales answered a handoff.</summary>
public enum SalesAnswer
{
    None,
    Accepted,
    Rejected,

    /// <summary>Recycled or disqualified before sales answered.</summary>
    TakenBack,
}

/// <summary>How many thresholds of the grid a cycle had reached at instants at which it could qualify.</summary>
/// <param name="Before">Before the period.</param>
/// <param name="Within">Within it.</param>
/// <param name="Ever">So far.</param>
public readonly record struct ThresholdSteps(byte Before, byte Within, byte Ever);

/// <summary>One cycle of a lead that a model would have qualified or that was really handed off, and how it ended.</summary>
/// <remarks>Instants are UTC ticks; 0: it did not happen.</remarks>
public sealed class CycleRecord(Guid leadId, int cycle, CycleRecord? earlier)
{
    public Guid LeadId => leadId;

    public int Cycle => cycle;

    /// <summary>The record of an earlier cycle of the lead.</summary>
    public CycleRecord? Earlier => earlier;

    public Crossing Draft { get; internal set; }

    public Crossing Live { get; internal set; }

    /// <summary>When the service decided by itself, for the first time in the cycle, under the live model.</summary>
    public long DecidedAt { get; internal set; }

    /// <summary>Null: sales never saw it.</summary>
    public HandoffSnapshot? Handoff { get; internal set; }

    public SalesAnswer Answer { get; internal set; }

    public long AnsweredAt { get; internal set; }

    /// <summary>For <see cref="SalesAnswer.Rejected"/>.</summary>
    public RejectionReason Rejection { get; internal set; }

    public long OpportunityAt { get; internal set; }

    public long WonAt { get; internal set; }

    public long LostAt { get; internal set; }

    public long DisqualifiedAt { get; internal set; }

    /// <summary>Recycled or disqualified.</summary>
    public long EndedAt { get; internal set; }

    /// <summary>How many thresholds of the grid it had reached by sales' answer.</summary>
    public byte StepsByAnswer { get; internal set; }

    /// <summary>How far it came up the grid before the period and within it.</summary>
    public ThresholdSteps Steps { get; internal set; }
}
