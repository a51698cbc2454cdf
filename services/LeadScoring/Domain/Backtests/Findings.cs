using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Domain.Backtests;

/// <summary>A lead that would cross if the draft were activated.</summary>
/// <param name="Score">EngagementScore of the cycle under the draft, unrounded.</param>
public readonly record struct CrossingTrack(Guid LeadId, double Score, Grade Grade);

/// <summary>More cycles qualify within the period than a report is made of.</summary>
public sealed class TooManyCycles(int max) : Exception($"More than {max:N0} cycles qualify within the period; choose a shorter one.");

/// <summary>What is kept of the leads when their lives have been told: the cycles that matter, and counts.</summary>
/// <param name="from">UTC ticks; the period.</param>
/// <param name="to">UTC ticks, excluded.</param>
/// <param name="asOf">UTC ticks: the instant for which the activation of the draft is looked at.</param>
public sealed class Findings(ModelPair models, Simulation simulation, long from, long to, long asOf)
{
    /// <summary>About 400 bytes each.</summary>
    public const int CyclesMax = 500_000;

    /// <summary>Leads listed of those that would cross, the highest scores.</summary>
    public const int CrossingMax = 1_000;

    private readonly List<CycleRecord> _cycles = [];
    private readonly List<CrossingTrack> _crossing = [];
    private readonly long[] _qualifiedBySteps = new long[ThresholdGrid.StepsMax + 2];
    private readonly long[] _wouldCross = new long[Enum.GetValues<Grade>().Length];
    private readonly long[] _untouched = new long[Enum.GetValues<Stage>().Length];

    public long Leads { get; private set; }

    /// <summary>In <see cref="Stage.Inquiry"/>, not qualified in their cycle and not waiting for marketing.</summary>
    public long Inquiry { get; private set; }

    public long WouldNotReach { get; private set; }

    /// <summary>By grade.</summary>
    public IReadOnlyList<long> WouldCross => _wouldCross;

    /// <summary>By stage.</summary>
    public IReadOnlyList<long> Untouched => _untouched;

    /// <summary>Highest score first.</summary>
    public IReadOnlyList<CrossingTrack> Crossing
    {
        get
        {
            KeepHighest();
            return _crossing;
        }
    }

    /// <summary>Cycles that qualified, under either model or by the service, or were handed off within the period; by lead and cycle.</summary>
    public IReadOnlyList<CycleRecord> Cycles()
    {
        _cycles.Sort(static (a, b) => a.LeadId.CompareTo(b.LeadId) is var order and not 0 ? order : a.Cycle.CompareTo(b.Cycle));
        return _cycles;
    }

    /// <summary>Cycles the draft would have qualified within the period with each threshold of the grid.</summary>
    public IReadOnlyList<long> QualifiedByThreshold()
    {
        var counts = new long[simulation.Grid.Thresholds.Count];
        var running = 0L;
        for (var i = 0; i < counts.Length; i++) counts[i] = running += _qualifiedBySteps[i + 1];
        return counts;
    }

    public bool IsWithin(long at) => at != 0 && at >= from && at < to;

    /// <param name="lead">Finished.</param>
    /// <exception cref="TooManyCycles"/>
    public void Add(LeadTrack lead)
    {
        Leads++;
        if (lead.Current is null) AddSteps(lead.Steps);
        for (var record = lead.Latest; record is not null; record = record.Earlier)
        {
            AddSteps(record.Steps);
            if (!Matters(record)) continue;
            if (_cycles.Count == CyclesMax) throw new TooManyCycles(CyclesMax);
            _cycles.Add(record);
        }

        AddActivation(lead);
    }

    private bool Matters(CycleRecord record) =>
        IsWithin(record.Draft.At) || IsWithin(record.Live.At) || IsWithin(record.DecidedAt) || IsWithin(record.Handoff?.At ?? 0);

    /// <summary>With the thresholds it first reached within the period it would have qualified there.</summary>
    private void AddSteps(ThresholdSteps steps)
    {
        if (steps.Within <= steps.Before) return;
        _qualifiedBySteps[steps.Before + 1]++;
        _qualifiedBySteps[steps.Within + 1]--;
    }

    private void AddActivation(LeadTrack lead)
    {
        if (lead.Stage != Stage.Inquiry || lead.QualifiedThisCycle)
        {
            _untouched[(int)lead.Stage]++;
            return;
        }

        // Who is held already follows to the list of the version that holds; nobody is held for one version twice in a cycle.
        var (draft, live) = simulation.Meets(lead, asOf);
        var wasHeldForIt = lead.HeldFor == models.Draft.Id;
        if (lead.IsHeld && (wasHeldForIt || !draft))
        {
            _untouched[(int)lead.Stage]++;
            return;
        }

        Inquiry++;
        if (live && !draft) WouldNotReach++;
        if (!draft || wasHeldForIt || (live && !lead.IsHeld)) return;
        _wouldCross[(int)lead.Fit.DraftGrade]++;
        _crossing.Add(new(lead.Id, lead.Draft.InCycleAt(Math.Max(asOf, lead.LatestAt), models.Draft), lead.Fit.DraftGrade));
        if (_crossing.Count == 2 * CrossingMax) KeepHighest();
    }

    private void KeepHighest()
    {
        _crossing.Sort(static (a, b) => b.Score.CompareTo(a.Score) is var order and not 0 ? order : a.LeadId.CompareTo(b.LeadId));
        if (_crossing.Count > CrossingMax) _crossing.RemoveRange(CrossingMax, _crossing.Count - CrossingMax);
    }
}
