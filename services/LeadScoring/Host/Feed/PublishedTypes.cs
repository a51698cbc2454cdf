using LeadScoring.Contracts;

namespace LeadScoring.Host.Feed;

/// <summary>Which stored events are published, and as what. What is not named here stays in the log.</summary>
public static class PublishedTypes
{
    private static readonly Dictionary<string, string> ByAlias = new(StringComparer.Ordinal)
    {
        ["automation_qualified"] = IntegrationEventTypes.LeadAutomationQualified,
        ["marketing_qualified"] = IntegrationEventTypes.LeadMarketingQualified,
        ["sales_accepted"] = IntegrationEventTypes.LeadSalesAccepted,
        ["sales_rejected"] = IntegrationEventTypes.LeadSalesRejected,
        ["lead_recycled"] = IntegrationEventTypes.LeadRecycled,
        ["lead_disqualified"] = IntegrationEventTypes.LeadDisqualified,
        ["lead_reinstated"] = IntegrationEventTypes.LeadReinstated,
        ["acceptance_due_soon"] = IntegrationEventTypes.LeadAcceptanceDueSoon,
        ["acceptance_overdue"] = IntegrationEventTypes.LeadAcceptanceOverdue,
        ["evidence_retracted"] = IntegrationEventTypes.LeadEvidenceRetracted,
        ["opportunity_opened"] = IntegrationEventTypes.OpportunityOpened,
        ["opportunity_won"] = IntegrationEventTypes.OpportunityWon,
        ["opportunity_lost"] = IntegrationEventTypes.OpportunityLost,
        ["nurture_step_due"] = IntegrationEventTypes.NurtureStepDue,
        ["subscription_disabled"] = IntegrationEventTypes.SubscriptionDisabled,
    };

    /// <summary>Stored types, by their frozen aliases.</summary>
    public static IReadOnlyCollection<string> Aliases => ByAlias.Keys;

    public static bool Contains(string alias) => ByAlias.ContainsKey(alias);

    /// <summary>The type the world knows it by.</summary>
    public static string Of(string alias) => ByAlias[alias];
}
