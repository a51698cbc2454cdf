using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Domain.Qualification;

/// <summary>
/// Tells who meets the definition only because the definition changed. Such a lead has done nothing new: sales must not be
/// flooded by it, so it is set aside for marketing.
/// </summary>
/// <remarks>
/// What is asked is settled by the lead's events and the models' timeline alone: every change since the lead's latest event was
/// stored is looked at, as of the instant it took place. So it makes no difference who asks first or how late, the pass over all
/// leads or the next engagement.
/// </remarks>
public static class ModelCrossings
{
    /// <summary>Whether the model has changed since anything happened to the lead, and the lead could cross by that.</summary>
    public static bool MayHaveCrossed(Lead lead, Facts facts) => IsFree(lead) && Changes(lead, facts).Any();

    /// <param name="lead">Before anything more happens to it, scored under any model.</param>
    /// <param name="history">All it has done; null: not loaded.</param>
    /// <returns>What it crossed by, in order; null: only the history can tell.</returns>
    public static IReadOnlyList<ModelCrossed>? Look(Lead lead, Facts facts, EngagementHistory? history)
    {
        if (!IsFree(lead)) return [];
        List<ModelCrossed>? crossings = null;
        var hold = lead.Hold;
        foreach (var (former, next, at) in Changes(lead, facts))
        {
            if (hold?.ModelVersion == next.Version) continue;
            if (lead.Under(next, facts.Models, history) is not { } then) return null;
            if (!AutomaticQualification.IsMet(then, next, at)) continue;

            // One that waits for marketing waits on under the version that holds: its list is the one that is worked off.
            if (hold is not { IsDropped: false })
            {
                if (lead.Under(former, facts.Models, history) is not { } before) return null;
                if (AutomaticQualification.IsMet(before, former, at)) continue;
            }

            (crossings ??= []).Add(new(lead.Cycle, Judgement.Of(then, next, at), former.Id, facts.Now));
            hold = new(next.Version, facts.Now, IsDropped: false);
        }

        return crossings ?? [];
    }

    /// <summary>One that is out may come back, and then nothing but the model's change would have qualified it.</summary>
    private static bool IsFree(Lead lead) =>
        lead is { Version: > 0, Stage: Stage.Inquiry or Stage.Disqualified, QualifiedThisCycle: false };

    private static IEnumerable<ModelChange> Changes(Lead lead, Facts facts)
    {
        if (facts.Models.Activations.Count == 0) return [];
        var after = facts.StoredAt is { } storedAt && storedAt > lead.LatestAt ? storedAt : lead.LatestAt;
        return facts.Models.Changes(after, facts.Now);
    }
}
