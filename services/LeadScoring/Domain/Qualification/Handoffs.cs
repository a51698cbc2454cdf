using LeadScoring.Domain.Leads;

namespace LeadScoring.Domain.Qualification;

/// <summary>The handoff as sales gets it: everything frozen at the instant of the decision.</summary>
public static class Handoffs
{
    public static MarketingQualified Make(Lead lead, Facts facts, QualificationReason reason, string? actor, string? note)
    {
        var tally = lead.Engagements;
        var (dueSoonAt, dueAt) = facts.Acceptance.For(facts.Now, facts.Model.AcceptWithin);
        return new(
            lead.Cycle,
            reason,
            actor,
            Judgement.Of(lead, facts.Model, facts.Now),
            new(tally.Count, tally.CountByType, tally.FirstAt, tally.LastAt, tally.Campaigns, tally.Products),
            AcceptanceDueAt: dueAt,
            At: facts.Now,
            note,
            dueSoonAt,
            facts.Acceptance.EscalateTo);
    }
}
