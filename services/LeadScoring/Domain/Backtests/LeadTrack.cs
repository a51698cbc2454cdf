using LeadScoring.Domain.Leads;

namespace LeadScoring.Domain.Backtests;

/// <summary>
/// One lead in a backtest: where it really stands, what both models make of it, and what they would have decided. Small,
/// because there is one for every lead at once, and changed in place by <see cref="Simulation"/>.
/// </summary>
/// <remarks>Instants are UTC ticks; 0 or, for the first, the least value: there is none.</remarks>
public sealed class LeadTrack(Guid id, FitProfile fit, ScoreLinks links, EngagementHistory? history = null)
{
    public Guid Id => id;

    /// <summary>All it has done; null unless the lead is replayed from its stream.</summary>
    internal EngagementHistory? History => history;

    public CompactScore Draft { get; } = new(links);

    public CompactScore Live { get; } = new(links);

    public FitProfile Fit { get; internal set; } = fit;

    public Stage Stage { get; internal set; }

    /// <summary>The current cycle, 1-based.</summary>
    public int Cycle { get; internal set; } = 1;

    /// <summary>Whether the service, or a person, really qualified it in this cycle.</summary>
    public bool QualifiedThisCycle { get; internal set; }

    /// <summary>The model it crossed by only because the model changed; null: none in this cycle.</summary>
    public string? HeldFor { get; internal set; }

    /// <summary>It waits for marketing to release or drop it.</summary>
    public bool IsHeld { get; internal set; }

    public long LatestAt { get; internal set; }

    internal long CountFrom { get; set; } = long.MinValue;

    /// <summary>As it was; the live model decides nothing before.</summary>
    internal long CoolDownUntil { get; set; }

    /// <summary>The same for the draft, which may rest leads for longer or shorter.</summary>
    internal long DraftCoolDownUntil { get; set; }

    /// <summary>When a decision is due that more of the same command may precede.</summary>
    internal long PendingAt { get; set; }

    /// <summary>When what made it due was recorded.</summary>
    internal long PendingSince { get; set; }

    /// <summary>The scores have to be made from the history before anything is decided.</summary>
    internal bool IsStale { get; set; }

    public ThresholdSteps Steps { get; internal set; }

    /// <summary>The latest cycle in which anything happened that is worth a record; null: none so far.</summary>
    public CycleRecord? Latest { get; internal set; }

    /// <summary>The record of the current cycle; null: nothing worth one has happened in it.</summary>
    public CycleRecord? Current => Latest?.Cycle == Cycle ? Latest : null;

    internal CycleRecord Record() => Current ?? (Latest = new(id, Cycle, Latest));
}
