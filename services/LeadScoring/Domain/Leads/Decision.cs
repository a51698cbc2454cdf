using LeadScoring.Domain.Nurture;
using LeadScoring.Domain.Qualification;

namespace LeadScoring.Domain.Leads;

/// <summary>What came of a command.</summary>
/// <param name="Lead">The lead afterwards.</param>
/// <param name="Events">In order; empty when the command was already true.</param>
/// <param name="HistoryNeeded">
/// The score could not be told without the lead's whole history: decide again on <see cref="Lead.WithHistory"/>.
/// </param>
public sealed record Decision(Lead Lead, IReadOnlyList<LeadEvent> Events, bool HistoryNeeded)
{
    /// <summary>The command itself, then whether the lead qualifies by what is now known, then whether it is nurtured.</summary>
    /// <param name="history">The lead's engagements so far, when the caller has loaded them; otherwise null.</param>
    /// <exception cref="RuleViolation">The rules refuse the command.</exception>
    public static Decision Take(
        Lead lead, ILeadCommand command, Facts facts, IReadOnlyCollection<EngagementRecorded>? history = null)
    {
        facts = facts with { Now = lead.ClockAt(facts.Now) };
        if (!lead.Score.CanAnswer(facts.Now, facts.Model))
        {
            if (history is null) return new(lead, [], HistoryNeeded: true);
            lead = lead.WithHistory(history, facts.Model);
        }

        var events = command.Decide(lead, facts);
        if (events.Count == 0) return new(lead, events, HistoryNeeded: false);
        foreach (var fact in events) lead = lead.Evolve(fact, facts.Model);
        if (!lead.Score.Exact)
        {
            if (history is null) return new(lead, events, HistoryNeeded: true);
            lead = lead.WithHistory(history.Concat(events.OfType<EngagementRecorded>()), facts.Model);
        }

        if (command is RaiseDueTimers) return new(lead, events, HistoryNeeded: false); // Time alone decides nothing.
        if (AutomaticQualification.Decide(lead, facts) is { } qualified)
        {
            lead = lead.Evolve(qualified, facts.Model);
            events = [.. events, qualified];
        }

        var nurture = Nurturing.Decide(lead, events, facts);
        if (nurture.Count == 0) return new(lead, events, HistoryNeeded: false);
        foreach (var fact in nurture) lead = lead.Evolve(fact, facts.Model);
        return new(lead, [.. events, .. nurture], HistoryNeeded: false);
    }
}
