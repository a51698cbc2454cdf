using LeadScoring.Domain.Leads;

namespace LeadScoring.Domain.Qualification;

/// <summary>
/// Tells who meets the definition only because the definition changed. Such a lead has done nothing new: sales must not be
/// flooded by it, so it is set aside for marketing.
/// </summary>
/// <remarks>
/// What is asked is settled by the lead's events and the models' timeline alone: who asks first, the pass over all leads or
/// the next engagement, makes no difference.
/// </remarks>
public static class ModelCrossings
{
    /// <summary>Whether the model has changed since anything happened to the lead, and the lead could cross by that.</summary>
    public static bool MayHaveCrossed(Lead lead, Facts facts) =>
        lead is { Version: > 0, Stage: Stage.Inquiry, QualifiedThisCycle: false, Hold: null }
        && facts.Models.HeldSince(facts.Now) is { } since
        && lead.LatestAt < since
        && facts.Models.At(lead.LatestAt).Id != facts.Model.Id;

    /// <param name="lead">Before anything more happens to it, scored under the active model.</param>
    /// <param name="history">All it has done; asked for only when the lead does meet the active model's definition.</param>
    /// <returns>Null when it has not crossed.</returns>
    public static ModelCrossed? Decide(Lead lead, Facts facts, EngagementHistory history)
    {
        if (!Meets(lead, facts)) return null;
        var since = facts.Models.HeldSince(facts.Now)!.Value;
        var former = facts.Models.At(lead.LatestAt);
        return AutomaticQualification.IsMet(lead.WithHistory(history, former), former, since)
            ? null
            : new(lead.Cycle, Judgement.Of(lead, facts.Model, since), former.Id, facts.Now);
    }

    /// <summary>Whether it meets the active model's definition at the instant that began to hold.</summary>
    public static bool Meets(Lead lead, Facts facts) =>
        MayHaveCrossed(lead, facts) && AutomaticQualification.IsMet(lead, facts.Model, facts.Models.HeldSince(facts.Now)!.Value);
}
