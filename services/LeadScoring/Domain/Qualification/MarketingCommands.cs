using LeadScoring.Domain.Leads;

namespace LeadScoring.Domain.Qualification;

/// <summary>Marketing's review says yes: hand off the lead that waits for it, or is held because the model changed.</summary>
public sealed record QualifyLead(string Actor, string? Note = null) : ILeadCommand
{
    public IReadOnlyList<LeadEvent> Decide(Lead lead, Facts facts) => lead.Stage switch
    {
        Stage.MarketingQualified => [],
        Stage.AutomationQualified => [Handoffs.Make(lead, facts, QualificationReason.Review, Actor, Note)],
        Stage.Inquiry when lead.IsHeld && facts.Now < lead.CoolDownUntil =>
            throw new RuleViolation("lead_cooling_down", "The lead came back from sales and rests until its cool-down ends."),
        Stage.Inquiry when lead.IsHeld => [Handoffs.Make(lead, facts, QualificationReason.Review, Actor, Note)],
        _ => throw Refusals.Stage("lead_not_awaiting_review", lead, "awaiting marketing's review"),
    };
}

/// <summary>Marketing hands off a lead that is held because the model changed; one that has gone on meanwhile, or falls short of the model that holds, stays as it is.</summary>
/// <param name="ModelVersion">The version it must be held for.</param>
public sealed record ReleaseHeld(int ModelVersion, string Actor, string? Note = null) : ILeadCommand
{
    public IReadOnlyList<LeadEvent> Decide(Lead lead, Facts facts) =>
        lead.IsHeld && lead.Hold!.ModelVersion == ModelVersion && AutomaticQualification.IsMet(lead, facts.Model, facts.Now) ? new QualifyLead(Actor, Note).Decide(lead, facts) : [];
}

/// <summary>Marketing does not want a lead that is held because the model changed. It stays an inquiry, and may still qualify by what it does.</summary>
/// <param name="ModelVersion">The version it must be held for.</param>
public sealed record DropCrossing(int ModelVersion, string Actor, string? Note = null) : ILeadCommand
{
    public IReadOnlyList<LeadEvent> Decide(Lead lead, Facts facts) => lead switch
    {
        { Hold: { } hold } when hold.ModelVersion == ModelVersion && hold.IsDropped => [],
        { IsHeld: true, Hold: { } hold } when hold.ModelVersion == ModelVersion => [new ModelCrossingDropped(lead.Cycle, Actor, Note, facts.Now)],
        _ => throw new RuleViolation("lead_not_held", $"The lead is not held for version {ModelVersion} of the model."),
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
