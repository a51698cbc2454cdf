using LeadScoring.Domain.Backtests;

namespace LeadScoring.Host.Backtests;

/// <summary>How a handoff turned out, as far as that is settled.</summary>
/// <param name="At">When it was known, UTC ticks: what a model says later is no prediction.</param>
internal readonly record struct KnownOutcome(bool IsPositive, long At)
{
    /// <summary>Whether sales accepted what it was handed.</summary>
    public static KnownOutcome? Accepted(CycleRecord cycle) => cycle.Answer switch
    {
        SalesAnswer.None => null,
        var answer => new(answer == SalesAnswer.Accepted, cycle.AnsweredAt),
    };

    /// <summary>Whether what sales accepted became an opportunity.</summary>
    public static KnownOutcome? Opportunity(CycleRecord cycle) => cycle switch
    {
        { Answer: not SalesAnswer.Accepted } => null,
        { OpportunityAt: > 0 } => new(IsPositive: true, cycle.OpportunityAt),
        { EndedAt: > 0 } => new(IsPositive: false, cycle.EndedAt),
        _ => null,
    };

    /// <summary>Whether what sales accepted was won.</summary>
    public static KnownOutcome? Won(CycleRecord cycle) => cycle switch
    {
        { Answer: not SalesAnswer.Accepted } => null,
        { WonAt: > 0 } => new(IsPositive: true, cycle.WonAt),
        { LostAt: > 0 } => new(IsPositive: false, cycle.LostAt),
        { EndedAt: > 0 } => new(IsPositive: false, cycle.EndedAt),
        _ => null,
    };
}
