using LeadScoring.Domain.Nurture;
using LeadScoring.Domain.Qualification;

namespace LeadScoring.Domain.Leads;

/// <summary>
/// Time has passed: raises what the lead waited for, once. When it was answered meanwhile, nothing is due. Time alone only
/// reminds; it qualifies nobody.
/// </summary>
public sealed record RaiseDueTimers : ILeadCommand
{
    /// <summary>The earliest instant at which time makes something of the lead due; null: it waits for nothing.</summary>
    public static DateTimeOffset? NextAt(Lead lead) => AcceptanceClock.NextAt(lead) ?? Nurturing.NextAt(lead);

    public IReadOnlyList<LeadEvent> Decide(Lead lead, Facts facts) =>
        AcceptanceClock.Raise(lead, facts.Now) is { } reminder ? [reminder] : Nurturing.Raise(lead, facts);
}
