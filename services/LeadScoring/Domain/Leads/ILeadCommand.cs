using LeadScoring.Domain.Qualification;

namespace LeadScoring.Domain.Leads;

/// <summary>Something asked of one lead. Deciding is pure: everything it may know is an argument.</summary>
public interface ILeadCommand
{
    /// <returns>What happened; empty when it is already so.</returns>
    /// <exception cref="RuleViolation">The rules refuse it.</exception>
    IReadOnlyList<LeadEvent> Decide(Lead lead, Facts facts);
}
