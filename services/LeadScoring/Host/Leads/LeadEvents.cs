using System.Diagnostics;
using LeadScoring.Domain.Leads;
using LeadScoring.EventStore.Events;

namespace LeadScoring.Host.Leads;

/// <summary>The events of a lead's stream: their frozen names, and when each happened.</summary>
public static class LeadEvents
{
    public static IReadOnlyList<EventType> Types { get; } =
    [
        EventType.Current("lead_captured", LeadEventJson.Default.LeadCaptured),
        EventType.Current("identity_linked", LeadEventJson.Default.IdentityLinked),
        EventType.Current("identity_conflict_found", LeadEventJson.Default.IdentityConflictFound),
        EventType.Current("attributes_changed", LeadEventJson.Default.AttributesChanged),
        EventType.Current("engagement_recorded", LeadEventJson.Default.EngagementRecorded),
        EventType.Current("automation_qualified", LeadEventJson.Default.AutomationQualified),
        EventType.Current("marketing_qualified", LeadEventJson.Default.MarketingQualified),
        EventType.Current("marketing_declined", LeadEventJson.Default.MarketingDeclined),
        EventType.Current("sales_accepted", LeadEventJson.Default.SalesAccepted),
        EventType.Current("sales_rejected", LeadEventJson.Default.SalesRejected),
        EventType.Current("lead_recycled", LeadEventJson.Default.LeadRecycled),
        EventType.Current("lead_disqualified", LeadEventJson.Default.LeadDisqualified),
        EventType.Current("lead_reinstated", LeadEventJson.Default.LeadReinstated),
        EventType.Current("opportunity_opened", LeadEventJson.Default.OpportunityOpened),
        EventType.Current("opportunity_won", LeadEventJson.Default.OpportunityWon),
        EventType.Current("opportunity_lost", LeadEventJson.Default.OpportunityLost),
        EventType.Current("acceptance_due_soon", LeadEventJson.Default.AcceptanceDueSoon),
        EventType.Current("acceptance_overdue", LeadEventJson.Default.AcceptanceOverdue),
        EventType.Current("nurture_started", LeadEventJson.Default.NurtureStarted),
        EventType.Current("nurture_step_due", LeadEventJson.Default.NurtureStepDue),
        EventType.Current("nurture_ended", LeadEventJson.Default.NurtureEnded),
        EventType.Current("nurture_resumed", LeadEventJson.Default.NurtureResumed),
        EventType.Current("model_crossed", LeadEventJson.Default.ModelCrossed),
        EventType.Current("model_crossing_dropped", LeadEventJson.Default.ModelCrossingDropped),
        EventType.Current("engagement_retracted", LeadEventJson.Default.EngagementRetracted),
        EventType.Current("engagement_restored", LeadEventJson.Default.EngagementRestored),
        EventType.Current("evidence_retracted", LeadEventJson.Default.EvidenceRetracted),
    ];

    /// <summary>When a fact happened: an engagement when it occurred, everything else when it was decided.</summary>
    public static DateTimeOffset HappenedAt(LeadEvent fact) => fact switch
    {
        LeadCaptured e => e.At,
        IdentityLinked e => e.At,
        IdentityConflictFound e => e.At,
        AttributesChanged e => e.At,
        EngagementRecorded e => e.OccurredAt,
        AutomationQualified e => e.At,
        MarketingQualified e => e.At,
        MarketingDeclined e => e.At,
        SalesAccepted e => e.At,
        SalesRejected e => e.At,
        LeadRecycled e => e.At,
        LeadDisqualified e => e.At,
        LeadReinstated e => e.At,
        OpportunityOpened e => e.At,
        OpportunityWon e => e.At,
        OpportunityLost e => e.At,
        AcceptanceDueSoon e => e.At,
        AcceptanceOverdue e => e.At,
        NurtureStarted e => e.At,
        NurtureStepDue e => e.At,
        NurtureEnded e => e.At,
        NurtureResumed e => e.At,
        ModelCrossed e => e.At,
        ModelCrossingDropped e => e.At,
        EngagementRetracted e => e.At,
        EngagementRestored e => e.At,
        EvidenceRetracted e => e.At,
        _ => throw new UnreachableException($"{fact.GetType().Name} has no time."),
    };
}
