using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Host.Leads;

namespace LeadScoring.IntegrationTests.Faults.Changing;

/// <summary>What a lead's stream would have come to under another model, in the plainest way.</summary>
internal static class PlainShadow
{
    /// <summary>By cycle, when the model would first have qualified the lead, and when the service did; cycles with neither are left out.</summary>
    /// <param name="isBacktest">It decides at a cycle's beginning too.</param>
    public static Dictionary<int, ShadowFound> Of(IReadOnlyList<Told> stream, PlainModel model, bool isBacktest = false)
    {
        var (lead, cycles) = (new PlainLead(), new Dictionary<int, ShadowFound>());
        for (var i = 0; i < stream.Count; i++)
        {
            var told = stream[i];
            lead.Take(told);
            var found = cycles.GetValueOrDefault(lead.Cycle) ?? new(null, null);
            if (IsDecided(told.Fact)) found = found with { QualifiedAt = found.QualifiedAt ?? told.StoredAt };
            var at = told.StoredAt > lead.LatestAt ? told.StoredAt : lead.LatestAt;
            if (found.At is null && MayDecide(told.Fact, isBacktest) && lead.Stage is not (Stage.Customer or Stage.Disqualified) && !(at < lead.CoolDownUntil)
                && !(isBacktest && IsRetractionOrRestoration(told.Fact) && i + 1 < stream.Count && stream[i + 1].StoredAt == told.StoredAt && IsRetractionOrRestoration(stream[i + 1].Fact))
                && lead.IsMet(model, at)) found = found with { At = at };
            if (found != new ShadowFound(null, null)) cycles[lead.Cycle] = found;
        }

        return cycles;
    }

    /// <summary>By what had happened by an instant.</summary>
    public static Stage StageAt(IReadOnlyList<Told> stream, DateTimeOffset at)
    {
        var lead = new PlainLead();
        foreach (var told in stream.Where(t => t.Fact is not (EngagementRetracted or EngagementRestored) && LeadEvents.HappenedAt(t.Fact) <= at)) lead.Take(told);
        return lead.Stage;
    }

    private static bool IsDecided(LeadEvent fact) =>
        fact is AutomationQualified or MarketingQualified { Reason: QualificationReason.Threshold or QualificationReason.FastTrack };

    private static bool IsRetractionOrRestoration(LeadEvent fact) => fact is EngagementRetracted or EngagementRestored;

    private static bool MayDecide(LeadEvent fact, bool isBacktest) =>
        fact is EngagementRecorded or AttributesChanged or EngagementRetracted or EngagementRestored or LeadReinstated || (isBacktest && fact is LeadRecycled);
}
