using LeadScoring.Domain.Leads;

namespace LeadScoring.Domain.Qualification;

/// <summary>
/// Reminds sales of a handoff it has not answered: once when the answer is due soon, once when it is overdue. Any answer
/// ends the waiting. When both times have passed unnoticed (the service was away) only the breach is raised: that an answer
/// will be due soon is no longer true.
/// </summary>
public static class AcceptanceClock
{
    /// <summary>When the lead's next reminder is due; null: there is none to come.</summary>
    public static DateTimeOffset? NextAt(Lead lead)
    {
        if (lead.Stage != Stage.MarketingQualified || lead.Handoff is not { OverdueRaised: false } handoff) return null;
        var waitsForReminder = !handoff.DueSoonRaised && handoff.AcceptanceDueSoonAt < handoff.AcceptanceDueAt;
        return waitsForReminder ? handoff.AcceptanceDueSoonAt : handoff.AcceptanceDueAt;
    }

    /// <returns>The reminder that is due; null: none is.</returns>
    public static LeadEvent? Raise(Lead lead, DateTimeOffset now)
    {
        if (NextAt(lead) is not { } dueAt || dueAt > now || lead.Handoff is not { } handoff) return null;
        return handoff.AcceptanceDueAt <= now
            ? new AcceptanceOverdue(handoff.Cycle, handoff.AcceptanceDueAt, handoff.EscalateTo, now)
            : new AcceptanceDueSoon(handoff.Cycle, handoff.AcceptanceDueAt, handoff.EscalateTo, now);
    }
}
