using LeadScoring.Domain.Qualification;

namespace LeadScoring.Domain.Leads;

/// <param name="Changes">A null value removes the attribute.</param>
public sealed record ChangeAttributes(IReadOnlyDictionary<string, Scalar?> Changes, string Actor) : ILeadCommand
{
    public IReadOnlyList<LeadEvent> Decide(Lead lead, Facts facts)
    {
        var changes = Changes
            .Where(c => lead.Attributes.TryGetValue(c.Key, out var known) ? c.Value != known : c.Value is not null)
            .ToDictionary(c => c.Key, c => c.Value);
        if (changes.Count == 0) return [];

        var added = changes.Count(c => c.Value is not null && !lead.Attributes.ContainsKey(c.Key));
        var removed = changes.Count(c => c.Value is null);
        if (lead.Attributes.Count + added - removed > Lead.AttributesMax)
        {
            throw new RuleViolation("too_many_attributes", $"A lead has at most {Lead.AttributesMax} attributes.");
        }

        return [new AttributesChanged(changes, Actor, facts.Now)];
    }
}
