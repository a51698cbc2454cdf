using System.Diagnostics;
using LeadScoring.Domain.Leads;

namespace LeadScoring.Host.Leads;

/// <summary>The events of a lead's stream: when each happened.</summary>
public static class LeadEvents
{
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
