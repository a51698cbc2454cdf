using LeadScoring.Domain.Leads;

namespace LeadScoring.Domain.Qualification;

/// <summary>Sales takes the lead on.</summary>
/// <param name="Owner">Who works it; null: the actor.</param>
public sealed record AcceptLead(string Actor, string? Owner = null, string? Note = null) : ILeadCommand
{
    public IReadOnlyList<LeadEvent> Decide(Lead lead, Facts facts) => lead.Stage switch
    {
        Stage.SalesAccepted => [],
        Stage.MarketingQualified => [new SalesAccepted(lead.Cycle, Actor, Owner ?? Actor, facts.Now, Note)],
        _ => throw Refusals.Stage("lead_not_awaiting_acceptance", lead, "awaiting sales' answer"),
    };
}

/// <summary>Sales sends the handoff back before any contact.</summary>
/// <param name="CoolDownUntil">For <see cref="RejectionOutcome.Recycle"/>; null: the model's cool-down.</param>
public sealed record RejectLead(
    string Actor,
    RejectionReason Reason,
    RejectionOutcome Outcome = RejectionOutcome.Recycle,
    string? Note = null,
    DateTimeOffset? CoolDownUntil = null) : ILeadCommand
{
    public IReadOnlyList<LeadEvent> Decide(Lead lead, Facts facts) => lead.Stage switch
    {
        Stage.MarketingQualified =>
        [
            new SalesRejected(lead.Cycle, Actor, Reason, Note, facts.Now),
            Outcome == RejectionOutcome.Recycle
                ? Recycling.End(lead, facts, Actor, RecycleReason.SalesRejected, Note, CoolDownUntil)
                : new LeadDisqualified(lead.Cycle, Actor, DisqualificationReason.Other, Reason, Note, facts.Now),
        ],
        Stage.Inquiry when lead.LastCycleEnd?.Reason == RecycleReason.SalesRejected => [],
        Stage.Disqualified when lead.DisqualifiedByRejection => [],
        _ => throw Refusals.Stage("lead_not_awaiting_acceptance", lead, "awaiting sales' answer"),
    };
}

/// <summary>Sales returns a lead to nurture: not ripe, not lost.</summary>
/// <param name="CoolDownUntil">Null: the model's cool-down.</param>
public sealed record RecycleLead(
    string Actor, RecycleReason Reason, string? Note = null, DateTimeOffset? CoolDownUntil = null) : ILeadCommand
{
    public IReadOnlyList<LeadEvent> Decide(Lead lead, Facts facts) => lead.Stage switch
    {
        Stage.MarketingQualified or Stage.SalesAccepted => [Recycling.End(lead, facts, Actor, Reason, Note, CoolDownUntil)],
        Stage.Inquiry when lead.LastCycleEnd?.Reason is not null => [],
        Stage.AutomationQualified => throw Refusals.Stage("lead_awaiting_review", lead, "with sales; decline it instead"),
        Stage.SalesQualified => throw Refusals.Stage("opportunity_open", lead, "free of an open opportunity; mark it lost instead"),
        _ => throw Refusals.Stage("lead_not_with_sales", lead, "with sales"),
    };
}

/// <summary>Takes a lead out, from any stage.</summary>
public sealed record DisqualifyLead(string Actor, DisqualificationReason Reason, string? Note = null) : ILeadCommand
{
    public IReadOnlyList<LeadEvent> Decide(Lead lead, Facts facts) => lead.Stage switch
    {
        Stage.Disqualified => [],
        _ => [new LeadDisqualified(lead.Cycle, Actor, Reason, Rejection: null, Note, facts.Now)],
    };
}

/// <summary>
/// Brings a disqualified lead back to <see cref="Stage.Inquiry"/>. When its last cycle had qualified it, a new one begins
/// and only what it does from now on counts towards qualifying again.
/// </summary>
public sealed record ReinstateLead(string Actor, string? Note = null) : ILeadCommand
{
    public IReadOnlyList<LeadEvent> Decide(Lead lead, Facts facts) => lead.Stage switch
    {
        Stage.Disqualified =>
            [new LeadReinstated(lead.QualifiedThisCycle ? lead.Cycle + 1 : lead.Cycle, Actor, Note, facts.Now)],
        Stage.Inquiry when lead.LastCycleEnd is { Reason: null } => [],
        _ => throw Refusals.Stage("lead_not_disqualified", lead, "disqualified"),
    };
}
