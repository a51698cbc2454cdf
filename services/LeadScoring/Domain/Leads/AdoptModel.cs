using LeadScoring.Domain.Qualification;

namespace LeadScoring.Domain.Leads;

/// <summary>
/// The model has changed: the lead is looked at under the new one. Whether it crossed by that is decided before every
/// command, so this one adds nothing.
/// </summary>
public sealed record AdoptModel : ILeadCommand
{
    public IReadOnlyList<LeadEvent> Decide(Lead lead, Facts facts) => [];
}
