using LeadScoring.Domain.Leads;

namespace LeadScoring.Domain.Qualification;

/// <summary>How a cycle ends without a customer: back to nurture, resting until a date.</summary>
public static class Recycling
{
    public static LeadRecycled End(
        Lead lead, Facts facts, string actor, RecycleReason reason, string? note, DateTimeOffset? coolDownUntil) =>
        new(lead.Cycle, actor, reason, note, coolDownUntil ?? (facts.Now + facts.Model.CoolDown), facts.Now);
}
