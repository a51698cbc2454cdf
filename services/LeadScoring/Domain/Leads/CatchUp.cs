using LeadScoring.Domain.Qualification;

namespace LeadScoring.Domain.Leads;

/// <summary>
/// Something happened to the lead that nobody decided on: another application stored it. The lead is looked at as it is by now, and goes on
/// if it has come to meet the definition.
/// </summary>
public sealed record CatchUp : ILeadCommand
{
    public IReadOnlyList<LeadEvent> Decide(Lead lead, Facts facts) => [];
}
