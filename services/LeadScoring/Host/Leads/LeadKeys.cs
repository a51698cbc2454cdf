namespace LeadScoring.Host.Leads;

/// <summary>A lead's stream.</summary>
public static class LeadKeys
{
    /// <summary>As Marten writes the type of a stream whose aggregate is <see cref="LeadDocument"/>.</summary>
    public const string StreamType = "lead_document";
}
