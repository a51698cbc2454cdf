using LeadScoring.Contracts;
using LeadScoring.Domain.Backtests;

namespace LeadScoring.Host.Backtests.Reporting;

/// <summary>Which model finds which cycles, and how they really ended.</summary>
internal static class GroupReport
{
    public static BacktestGroups Of(IReadOnlyList<CycleRecord> cycles, Findings findings)
    {
        var qualified = cycles.Where(c => findings.IsWithin(c.Draft.At) || findings.IsWithin(c.Live.At)).ToList();
        return new(
            Of([.. qualified.Where(c => c.Draft.Happened && c.Live.Happened)]),
            Of([.. qualified.Where(c => !c.Live.Happened)]),
            Of([.. qualified.Where(c => !c.Draft.Happened)]));
    }

    public static CycleOutcome OutcomeOf(CycleRecord cycle) => cycle switch
    {
        { Handoff: null } => CycleOutcome.NeverHandedOff,
        { WonAt: > 0 } => CycleOutcome.Won,
        { LostAt: > 0 } => CycleOutcome.Lost,
        { OpportunityAt: > 0 } => CycleOutcome.Opportunity,
        { Answer: SalesAnswer.Accepted } => CycleOutcome.Accepted,
        { Answer: SalesAnswer.Rejected } => CycleOutcome.Rejected,
        { Answer: SalesAnswer.TakenBack } => CycleOutcome.TakenBack,
        _ => CycleOutcome.Open,
    };

    private static BacktestGroup Of(List<CycleRecord> cycles)
    {
        long Count(Predicate<CycleRecord> which) => cycles.LongCount(c => which(c));
        return new(
            cycles.Count,
            cycles.DistinctBy(c => c.LeadId).LongCount(),
            NeverHandedOff: Count(c => c.Handoff is null),
            HandedOff: Count(c => c.Handoff is not null),
            Open: Count(c => c is { Handoff: not null, Answer: SalesAnswer.None }),
            Accepted: Count(c => c.Answer == SalesAnswer.Accepted),
            Rejected: Count(c => c.Answer == SalesAnswer.Rejected),
            [
                .. cycles.Where(c => c.Answer == SalesAnswer.Rejected)
                    .CountBy(c => (RejectionReason)c.Rejection)
                    .OrderBy(r => r.Key)
                    .Select(r => new RejectionCount(r.Key, r.Value)),
            ],
            TakenBack: Count(c => c.Answer == SalesAnswer.TakenBack),
            Opportunity: Count(c => c.OpportunityAt > 0),
            Won: Count(c => c.WonAt > 0),
            Lost: Count(c => c.LostAt > 0),
            Disqualified: Count(c => c.DisqualifiedAt > 0));
    }
}
