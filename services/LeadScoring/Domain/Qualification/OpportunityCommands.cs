using LeadScoring.Domain.Leads;

namespace LeadScoring.Domain.Qualification;

/// <param name="Currency">ISO 4217; given exactly when the amount is.</param>
public sealed record OpenOpportunity(
    string Actor, decimal? Amount = null, string? Currency = null, string? Note = null) : ILeadCommand
{
    public IReadOnlyList<LeadEvent> Decide(Lead lead, Facts facts) => lead.Stage switch
    {
        Stage.SalesQualified => [],
        Stage.SalesAccepted => [new OpportunityOpened(lead.Cycle, Actor, Amount, Currency, Note, facts.Now)],
        _ => throw Refusals.Stage("lead_not_accepted", lead, "accepted by sales"),
    };
}

/// <summary>Closed-won: the lead is a customer.</summary>
/// <param name="Amount">Null: the amount the opportunity was opened with.</param>
public sealed record WinOpportunity(
    string Actor, decimal? Amount = null, string? Currency = null, string? Note = null) : ILeadCommand
{
    public IReadOnlyList<LeadEvent> Decide(Lead lead, Facts facts) => lead.Stage switch
    {
        Stage.Customer => [],
        Stage.SalesQualified => [new OpportunityWon(lead.Cycle, Actor, Amount, Currency, Note, facts.Now)],
        _ => throw Refusals.Stage("no_open_opportunity", lead, "in an open opportunity"),
    };
}

/// <summary>Closed-lost: the lead goes back to nurture.</summary>
/// <param name="CoolDownUntil">Null: the model's cool-down.</param>
public sealed record LoseOpportunity(
    string Actor, LossReason Reason, string? Note = null, DateTimeOffset? CoolDownUntil = null) : ILeadCommand
{
    public IReadOnlyList<LeadEvent> Decide(Lead lead, Facts facts) => lead.Stage switch
    {
        Stage.SalesQualified =>
        [
            new OpportunityLost(lead.Cycle, Actor, Reason, Note, facts.Now),
            Recycling.End(lead, facts, Actor, RecycleReason.OpportunityLost, Note, CoolDownUntil),
        ],
        Stage.Inquiry when lead.LastCycleEnd?.Reason == RecycleReason.OpportunityLost => [],
        _ => throw Refusals.Stage("no_open_opportunity", lead, "in an open opportunity"),
    };
}
