using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;

namespace LeadScoring.Domain.Engagements;

/// <summary>A person did something, and a producer said who.</summary>
/// <param name="Fact">As the producer stated it; a time ahead of our clock is taken as now.</param>
/// <param name="Link">Identities nobody held when the lead was looked up.</param>
/// <param name="Conflicts">Identities another lead holds.</param>
public sealed record RecordEngagement(
    EngagementRecorded Fact, IReadOnlyList<Identity> Link, IReadOnlyList<IdentityConflict> Conflicts) : ILeadCommand
{
    public IReadOnlyList<LeadEvent> Decide(Lead lead, Facts facts)
    {
        var events = new List<LeadEvent>();
        if (lead.Version == 0) events.Add(new LeadCaptured(Fact.Source, facts.Now));
        foreach (var identity in Link.Where(i => !lead.Identities.Contains(i)).Take(Lead.IdentitiesMax - lead.Identities.Count))
        {
            events.Add(new IdentityLinked(identity.Kind, identity.Value, facts.Now));
        }

        events.AddRange(NoteIdentityConflicts.Of(lead, Conflicts, facts));
        events.Add(Fact.OccurredAt > facts.Now ? Fact with { OccurredAt = facts.Now, StatedAt = Fact.OccurredAt } : Fact);
        return events;
    }
}
