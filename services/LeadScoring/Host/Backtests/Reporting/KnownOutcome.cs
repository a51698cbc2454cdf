using LeadScoring.Domain.Backtests;

namespace LeadScoring.Host.Backtests.Reporting;

/// <summary>Whether a handoff had an outcome; null: it is not settled, or nobody was asked.</summary>
internal static class KnownOutcome
{
    /// <summary>Whether sales accepted what it was handed.</summary>
    public static bool? Accepted(CycleRecord cycle) => cycle.Answer switch
    {
        SalesAnswer.Accepted => true,
        SalesAnswer.Rejected => false,
        _ => null, // Taken back before an answer, a handoff is as unjudged as one that waits for it.
    };

    /// <summary>Whether what sales accepted became an opportunity.</summary>
    public static bool? Opportunity(CycleRecord cycle) => cycle switch
    {
        { Answer: not SalesAnswer.Accepted } => null,
        { OpportunityAt: > 0 } => true,
        { EndedAt: > 0 } => false,
        _ => null,
    };

    /// <summary>Whether what sales accepted was won.</summary>
    public static bool? Won(CycleRecord cycle) => cycle switch
    {
        { Answer: not SalesAnswer.Accepted } => null,
        { WonAt: > 0 } => true,
        { LostAt: > 0 } or { EndedAt: > 0 } => false,
        _ => null,
    };
}
