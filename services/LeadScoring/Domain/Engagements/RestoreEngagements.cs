using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;

namespace LeadScoring.Domain.Engagements;

/// <summary>
/// Engagements of a lead are genuine: those that were retracted count again, and a model that suspects them is overruled.
/// </summary>
/// <param name="Engagements">Those that are not the lead's are passed over.</param>
/// <param name="RestorationId">Asked for again, nothing happens, whatever was said of the engagements since.</param>
/// <param name="OnlyOf">Only those this retraction took away and that are still so; null: all named.</param>
public sealed record RestoreEngagements(
    IReadOnlySet<EngagementName> Engagements, string Reason, string Actor, Guid RestorationId, Guid? OnlyOf = null) : ILeadCommand
{
    public bool NeedsHistory => true;

    public IReadOnlyList<LeadEvent> Decide(Lead lead, Facts facts)
    {
        var history = facts.History!;
        return
        [
            .. history.Recorded
                .Where(e => Engagements.Contains(new(e.Source, e.Id)) && !history.IsVouchedFor(e) && !history.WasJudgedBy(e, RestorationId))
                .Where(e => OnlyOf is null || history.RetractedBy(e) == OnlyOf)
                .Select(e => new EngagementRestored(e.Source, e.Id, e.Type, e.OccurredAt, Reason, Actor, RestorationId, facts.Now)),
        ];
    }
}
