using LeadScoring.Domain.Qualification;

namespace LeadScoring.Domain.Leads;

/// <summary>Something asked of one lead. Deciding is pure: everything it may know is an argument.</summary>
public interface ILeadCommand
{
    /// <summary>Whether it can only be decided with what the lead has done so far (<see cref="Facts.History"/>).</summary>
    bool NeedsHistory => false;

    /// <returns>What happened; empty when it is already so.</returns>
    /// <exception cref="RuleViolation">The rules refuse it.</exception>
    IReadOnlyList<LeadEvent> Decide(Lead lead, Facts facts);
}
