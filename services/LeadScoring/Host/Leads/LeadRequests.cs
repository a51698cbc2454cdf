using LeadScoring.Host.Http;

namespace LeadScoring.Host.Leads;

/// <summary>What the endpoints of one lead have in common.</summary>
internal static class LeadRequests
{
    public const string OpenApiTag = "Leads";

    public static Refusal UnknownThen { get; } =
        new(404, "lead_unknown_then", "Nothing of this lead had happened at that time.");
}
