namespace LeadScoring.Domain.Leads;

/// <summary>Where a lead stands between marketing and sales.</summary>
public enum Stage
{
    /// <summary>Known, nurtured, not (or not again) qualified.</summary>
    Inquiry,

    /// <summary>AQL: met the definition of a lead; waits for marketing's review.</summary>
    AutomationQualified,

    /// <summary>MQL: handed off to sales; the acceptance clock runs.</summary>
    MarketingQualified,

    /// <summary>SAL: sales took it on.</summary>
    SalesAccepted,

    /// <summary>SQL: an opportunity is open.</summary>
    SalesQualified,

    /// <summary>Closed-won.</summary>
    Customer,

    /// <summary>Out, until reinstated.</summary>
    Disqualified,
}
