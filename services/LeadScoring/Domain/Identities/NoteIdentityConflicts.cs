using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;

namespace LeadScoring.Domain.Identities;

/// <summary>Makes a conflict visible on the lead that did not get the engagement.</summary>
public sealed record NoteIdentityConflicts(IReadOnlyList<IdentityConflict> Conflicts) : ILeadCommand
{
    public IReadOnlyList<LeadEvent> Decide(Lead lead, Facts facts) => [.. Of(lead, Conflicts, facts)];

    /// <summary>Each conflict once, up to a bound.</summary>
    public static IEnumerable<LeadEvent> Of(Lead lead, IReadOnlyList<IdentityConflict> conflicts, Facts facts) =>
        conflicts.Except(lead.Conflicts)
            .Take(Lead.ConflictsMax - lead.Conflicts.Count)
            .Select(c => new IdentityConflictFound(c.Kind, c.OtherLeadId, facts.Now));
}
