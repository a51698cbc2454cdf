using System.Diagnostics;
using LeadScoring.Contracts;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Subscriptions;
using LossReason = LeadScoring.Contracts.LossReason;

namespace LeadScoring.Host.Feed;

/// <summary>
/// The <c>data</c> of a published event, from the stored one and the lead as it was when it was stored. Pure: the same log gives
/// the same data.
/// </summary>
/// <param name="publicUrl">Where people and programs reach the service, without a slash at its end; empty: not known.</param>
internal sealed class IntegrationEvents(string publicUrl)
{
    /// <param name="known">The lead with the event taken in.</param>
    public object DataOf(LeadEvent fact, LeadAtVersion known)
    {
        var about = new EventLeads(publicUrl).Of(known.Lead);
        return fact switch
        {
            AutomationQualified e => new LeadAutomationQualifiedV1(about, e.Cycle, Utc(e.At), EventJudgements.Of(e.Judgement)),
            MarketingQualified e => Handoff(e, about, known),
            SalesAccepted e => Accepted(e, about, known.Lead),
            SalesRejected e => new LeadSalesRejectedV1(about, e.Cycle, Utc(e.At), e.Actor, (RejectionReason)e.Reason, e.Note),
            LeadRecycled e => new LeadRecycledV1(
                about, e.Cycle, Utc(e.At), e.Actor, (RecycleReason)e.Reason, e.Note, Utc(e.CoolDownUntil)),
            LeadDisqualified e => new LeadDisqualifiedV1(
                about, e.Cycle, Utc(e.At), e.Actor, (DisqualificationReason)e.Reason, (RejectionReason?)e.Rejection, e.Note),
            LeadReinstated e => new LeadReinstatedV1(about, e.Cycle, Utc(e.At), e.Actor, e.Note),
            AcceptanceDueSoon e => new LeadAcceptanceV1(
                about, e.Cycle, Utc(e.At), Utc(e.AcceptanceDueAt), HandedOffAt(known.Lead, e.Cycle), e.EscalateTo),
            AcceptanceOverdue e => new LeadAcceptanceV1(
                about, e.Cycle, Utc(e.At), Utc(e.AcceptanceDueAt), HandedOffAt(known.Lead, e.Cycle), e.EscalateTo),
            EvidenceRetracted e => new LeadEvidenceRetractedV1(
                about, e.Cycle, Utc(e.At), e.Actor, e.Reason, e.RetractionId, HandedOffAt(known.Lead, e.Cycle), known.Lead.Owner,
                e.Engagements, Explanation.ScoreShown(e.ScoreAtHandoff), Explanation.ScoreShown(e.Score)),
            OpportunityOpened e => new OpportunityOpenedV1(
                about, e.Cycle, Utc(e.At), e.Actor, known.Lead.Owner, e.Amount, e.Currency, e.Note),
            OpportunityWon e => new OpportunityWonV1(
                about, e.Cycle, Utc(e.At), e.Actor, known.Lead.Owner, known.Lead.Opportunity?.Amount, known.Lead.Opportunity?.Currency, e.Note),
            OpportunityLost e => new OpportunityLostV1(
                about, e.Cycle, Utc(e.At), e.Actor, known.Lead.Owner, (LossReason)e.Reason, e.Note),
            NurtureStepDue e => new NurtureStepDueV1(
                about, e.Cycle, Utc(e.At), e.Step.Step, e.Step.Day, e.Step.Channel, e.Product, Utc(e.StartedAt), e.Next?.DueAt.ToUniversalTime()),
            _ => throw new UnreachableException($"{fact.GetType().Name} is not published."),
        };
    }

    public static object DataOf(SubscriptionDisabled fact) => new SubscriptionDisabledV1(fact.SubscriptionId, fact.Reason, Utc(fact.At));

    private static LeadMarketingQualifiedV1 Handoff(MarketingQualified e, EventLead about, LeadAtVersion known) => new(
        about,
        e.Cycle,
        Utc(e.At),
        (QualificationReason)e.Reason,
        e.Actor,
        e.Note,
        EventJudgements.Of(e.Judgement),
        EventLeads.IdentitiesOf(known.Lead),
        EventLeads.AttributesOf(known.Lead),
        new(
            e.Summary.Count,
            e.Summary.CountByType,
            e.Summary.FirstAt?.ToUniversalTime(),
            e.Summary.LastAt?.ToUniversalTime(),
            known.First is { } first ? EngagementOf(first) : null,
            known.Latest.Count > 0 ? EngagementOf(known.Latest[0]) : null,
            e.Summary.Campaigns,
            e.Summary.Products,
            [.. known.Latest.Select(EngagementOf)]),
        Utc(e.AcceptanceDueAt));

    private static LeadSalesAcceptedV1 Accepted(SalesAccepted e, EventLead about, Lead lead)
    {
        var handedOffAt = HandedOffAt(lead, e.Cycle);
        return new(
            about,
            e.Cycle,
            Utc(e.At),
            e.Actor,
            e.Owner,
            e.Note,
            handedOffAt,
            handedOffAt is { } since ? (e.At - since).TotalSeconds : null,
            Overdue: handedOffAt is not null && e.At > lead.Handoff!.AcceptanceDueAt);
    }

    private static DateTimeOffset? HandedOffAt(Lead lead, int cycle) =>
        lead.Handoff is { } handoff && handoff.Cycle == cycle ? Utc(handoff.At) : null;

    private static EventEngagement EngagementOf(EngagementRecorded e) =>
        new(e.Type, Utc(e.OccurredAt), e.Source, e.Campaign, e.Channel, e.Asset, e.Product);

    private static DateTimeOffset Utc(DateTimeOffset at) => at.ToUniversalTime();
}
