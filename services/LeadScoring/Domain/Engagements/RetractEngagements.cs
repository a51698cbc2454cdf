using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Domain.Engagements;

/// <summary>An engagement as its producer names it.</summary>
public readonly record struct EngagementName(string Source, string Id);

/// <summary>
/// Engagements of a lead were none: they count as if they had never been. What was decided stays decided, and sales is told
/// when what it was handed rested on them.
/// </summary>
/// <param name="Engagements">Those that are not the lead's are passed over.</param>
/// <param name="RetractionId">Asked for again, nothing happens, whatever was said of the engagements since.</param>
/// <param name="IsLast">Of the commands of one retraction on a lead: only the last one tells sales, of what all of them took away.</param>
public sealed record RetractEngagements(
    IReadOnlySet<EngagementName> Engagements, string Reason, string Actor, Guid RetractionId, bool IsLast = true) : ILeadCommand
{
    public bool NeedsHistory => true;

    public IReadOnlyList<LeadEvent> Decide(Lead lead, Facts facts)
    {
        var history = facts.History!;
        var retracted = history.Recorded
            .Where(e => Engagements.Contains(new(e.Source, e.Id)) && !history.IsRetracted(e) && !history.WasJudgedBy(e, RetractionId))
            .Select(e => new EngagementRetracted(e.Source, e.Id, e.Type, e.OccurredAt, Reason, Actor, RetractionId, facts.Now))
            .ToList<LeadEvent>();
        return IsLast && EvidenceOf(lead, facts, retracted) is { } evidence ? [.. retracted, evidence] : retracted;
    }

    /// <returns>Null: sales does not have the lead, was not handed any of them, or has been told.</returns>
    private EvidenceRetracted? EvidenceOf(Lead lead, Facts facts, IReadOnlyList<LeadEvent> retracted)
    {
        if (facts.History!.IsTold(RetractionId)) return null;
        if (lead.Handoff is not { } handoff || lead.Stage is not (Stage.MarketingQualified or Stage.SalesAccepted or Stage.SalesQualified)) return null;
        var left = facts.History.Copy();
        foreach (var fact in retracted) left.Add(fact);

        // What was retracted before the handoff, by a command whose retraction was interrupted, sales was not handed.
        var count = left.Recorded.Count(e => e.OccurredAt <= handoff.At && left.IsRetractedSince(e, RetractionId, handoff.At));
        if (count == 0) return null;
        var score = Explanation.Of(left, facts.Models.At(handoff.At), handoff.At).UnroundedScore;
        return new(handoff.Cycle, count, handoff.Score, score, Reason, Actor, RetractionId, facts.Now);
    }
}
