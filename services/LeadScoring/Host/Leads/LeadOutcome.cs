using LeadScoring.Contracts;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Leads;

/// <summary>What came of something submitted to the <c>LeadWriter</c>. Durable when it arrives.</summary>
/// <param name="Lead">The lead now; null when refused.</param>
/// <param name="Changed">False for a duplicate or a command that was already true.</param>
/// <param name="Refusal">Null when it was done.</param>
public sealed record LeadOutcome(LeadDocument? Lead, bool Changed, IReadOnlyList<Warning> Warnings, Refusal? Refusal)
{
    public static LeadOutcome Refused(Refusal refusal) => new(null, Changed: false, [], refusal);
}
