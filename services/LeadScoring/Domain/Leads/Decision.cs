using LeadScoring.Domain.Nurture;
using LeadScoring.Domain.Qualification;

namespace LeadScoring.Domain.Leads;

/// <summary>What came of a command.</summary>
/// <param name="Lead">The lead afterwards.</param>
/// <param name="Events">In order; empty when the command was already true.</param>
/// <param name="HistoryNeeded">The lead's whole history is needed to tell: decide again with it.</param>
public sealed record Decision(Lead Lead, IReadOnlyList<LeadEvent> Events, bool HistoryNeeded)
{
    /// <summary>
    /// Whether the lead crossed by a new model, then the command itself, then whether the lead qualifies by what is now known,
    /// then whether it is nurtured.
    /// </summary>
    /// <param name="history">What the lead has done so far, when the caller has loaded it; otherwise null.</param>
    /// <exception cref="RuleViolation">The rules refuse the command.</exception>
    public static Decision Take(Lead lead, ILeadCommand command, Facts facts, EngagementHistory? history = null)
    {
        facts = facts.At(lead.ClockAt(facts.Now)) with { History = history };
        if (history is null && command.NeedsHistory) return new(lead, [], HistoryNeeded: true);
        if (lead.Under(facts.Model, facts.Models, history) is not { } asked) return new(lead, [], HistoryNeeded: true);
        if (ModelCrossings.Look(lead, facts, history) is not { } crossings) return new(lead, [], HistoryNeeded: true);

        var before = asked;
        foreach (var crossed in crossings) before = before.Evolve(crossed, facts.Model);
        var events = command.Decide(before, facts);
        if (events.Count == 0 && command is not (AdoptModel or CatchUp)) return new(asked, events, HistoryNeeded: false); // The pass will find that it crossed.
        lead = before;
        foreach (var fact in events) lead = lead.Evolve(fact, facts.Model);
        if (!lead.Score.Exact)
        {
            if (history is null) return new(lead, events, HistoryNeeded: true);
            lead = lead.WithHistory(With(history, events), facts.Model);
        }

        if (crossings.Count > 0) events = [.. crossings, .. events];
        if (command is RaiseDueTimers or AdoptModel) return new(lead, events, HistoryNeeded: false); // Neither time nor a model alone decides.
        if (AutomaticQualification.Decide(lead, facts, before) is { } qualified)
        {
            lead = lead.Evolve(qualified, facts.Model);
            events = [.. events, qualified];
        }

        var nurture = Nurturing.Decide(lead, events, facts);
        if (nurture.Count == 0) return new(lead, events, HistoryNeeded: false);
        foreach (var fact in nurture) lead = lead.Evolve(fact, facts.Model);
        return new(lead, [.. events, .. nurture], HistoryNeeded: false);
    }

    /// <summary>The caller's history stays as it is: what was decided is not stored yet.</summary>
    private static EngagementHistory With(EngagementHistory history, IReadOnlyList<LeadEvent> decided)
    {
        var longer = history.Copy();
        foreach (var fact in decided) longer.Add(fact);
        return longer;
    }
}
