using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;

namespace LeadScoring.Domain.Scoring.Shadow;

/// <summary>When in one cycle a version in shadow would have qualified a lead, and when the service did.</summary>
/// <param name="WouldQualifyAt">Null: not so far.</param>
/// <param name="Score">EngagementScore of the cycle at that instant, unrounded; 0 without one.</param>
/// <param name="QualifiedAt">When the active model did, by itself; null: not so far.</param>
public sealed record ShadowCycle(int Cycle, DateTimeOffset? WouldQualifyAt, double Score, Grade Grade, DateTimeOffset? QualifiedAt)
{
    public bool IsEmpty => WouldQualifyAt is null && QualifiedAt is null;

    public static ShadowCycle Of(int cycle) => new(cycle, WouldQualifyAt: null, Score: 0, Grade.D, QualifiedAt: null);
}

/// <summary>
/// One lead as a version in shadow sees it: what really happened to it, scored by that version. Nothing is decided by it; only
/// when it would have been is noted, once a cycle.
/// </summary>
/// <param name="Lead">Folded under the version. Its stage and cycle are the real ones.</param>
/// <param name="Cycle">The current one.</param>
public sealed record ShadowLead(Lead Lead, ShadowCycle Cycle)
{
    public static ShadowLead New(Guid id, ScoringModel model) => new(Lead.New(id, model), ShadowCycle.Of(1));

    /// <summary>The lead a whole stream tells, with all its cycles in which anything is noted.</summary>
    /// <param name="events">In version order; a fact that is null is of a type this program does not know.</param>
    public static (ShadowLead Lead, IReadOnlyList<ShadowCycle> Cycles) Of(
        Guid id, IEnumerable<(LeadEvent? Fact, DateTimeOffset RecordedAt, long Version)> events, ScoringModel model)
    {
        var (lead, cycles, history) = (New(id, model), new SortedDictionary<int, ShadowCycle>(), new EngagementHistory());
        foreach (var (fact, recordedAt, version) in events)
        {
            if (fact is not null) history.Add(fact);
            lead = lead.Take(fact, recordedAt, version, model, history)!;
            if (!lead.Cycle.IsEmpty) cycles[lead.Cycle.Cycle] = lead.Cycle;
        }

        return (lead.Lead.Score.Exact ? lead : lead with { Lead = lead.Lead.WithHistory(history, model) }, [.. cycles.Values]);
    }

    /// <param name="fact">Null: of a type this program does not know.</param>
    /// <param name="recordedAt">When it was stored: by that clock was decided.</param>
    /// <param name="version">The stream's, with this event.</param>
    /// <param name="history">All the lead has done, this fact included; null: not loaded.</param>
    /// <returns>Null: the history is needed to tell.</returns>
    public ShadowLead? Take(LeadEvent? fact, DateTimeOffset recordedAt, long version, ScoringModel model, EngagementHistory? history)
    {
        if (fact is null) return this with { Lead = Lead with { Version = version } };
        var lead = Lead.Evolve(fact, model) with { Version = version };
        if (!lead.Score.Exact && history is null) return null;
        var cycle = Cycle.Cycle == lead.Cycle ? Cycle : ShadowCycle.Of(lead.Cycle);
        if (IsDecided(fact) && cycle.QualifiedAt is null) cycle = cycle with { QualifiedAt = recordedAt };
        if (cycle.WouldQualifyAt is not null || !MayDecide(fact, lead, recordedAt)) return new(lead, cycle);

        if (!lead.Score.Exact) lead = lead.WithHistory(history!, model);
        var at = lead.ClockAt(recordedAt);
        return new(lead, AutomaticQualification.IsMet(lead, model, at)
            ? cycle with { WouldQualifyAt = at, Score = lead.Score.InCycleAt(at, model), Grade = model.GradeOf(model.FitOf(lead.Attributes)) }
            : cycle);
    }

    /// <summary>The service qualified it, not a person.</summary>
    private static bool IsDecided(LeadEvent fact) =>
        fact is AutomationQualified or MarketingQualified { Reason: QualificationReason.Threshold or QualificationReason.FastTrack };

    /// <summary>Wherever the lead stands: the service may have qualified it, where this version would not have, or the other way round.</summary>
    private static bool MayDecide(LeadEvent fact, Lead lead, DateTimeOffset recordedAt) =>
        fact is EngagementRecorded or AttributesChanged or EngagementRetracted or EngagementRestored or LeadReinstated
        && lead.Stage is not (Stage.Customer or Stage.Disqualified)
        && !(lead.ClockAt(recordedAt) < lead.CoolDownUntil);
}
