using LeadScoring.Domain.Leads;

namespace LeadScoring.Domain.Qualification;

/// <summary>Marketing's review says yes: hand off the lead that waits for it, or is held because the model changed.</summary>
public sealed record QualifyLead(string Actor, string? Note = null) : ILeadCommand
{
    public IReadOnlyList<LeadEvent> Decide(Lead lead, Facts facts) => lead.Stage switch
    {
        Stage.MarketingQualified => [],
        Stage.AutomationQualified => [Handoffs.Make(lead, facts, QualificationReason.Review, Actor, Note)],
        Stage.Inquiry when lead.Hold is { IsDropped: false } =>
            [Handoffs.Make(lead, facts, QualificationReason.Review, Actor, Note)],
        _ => throw Refusals.Stage("lead_not_awaiting_review", lead, "awaiting marketing's review"),
    };
}

/// <summary>Marketing's review says not yet: back to nurture.</summary>
/// <param name="CoolDownUntil">Null: the model's cool-down.</param>
public sealed record DeclineLead(string Actor, string? Note = null, DateTimeOffset? CoolDownUntil = null) : ILeadCommand
{
    public IReadOnlyList<LeadEvent> Decide(Lead lead, Facts facts) => lead.Stage switch
    {
        Stage.AutomationQualified =>
        [
            new MarketingDeclined(lead.Cycle, Actor, Note, facts.Now),
            Recycling.End(lead, facts, Actor, RecycleReason.MarketingDeclined, Note, CoolDownUntil),
        ],
        Stage.Inquiry when lead.LastCycleEnd?.Reason == RecycleReason.MarketingDeclined => [],
        _ => throw Refusals.Stage("lead_not_awaiting_review", lead, "awaiting marketing's review"),
    };
}
