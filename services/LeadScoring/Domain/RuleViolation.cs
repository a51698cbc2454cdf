namespace LeadScoring.Domain;

/// <summary>A command the rules refuse. Nothing was changed.</summary>
/// <param name="code">Stable snake_case code a client can act on, e.g. <c>lead_not_awaiting_acceptance</c>.</param>
/// <param name="message">One sentence for a person; holds no personal data.</param>
public sealed class RuleViolation(string code, string message) : Exception(message)
{
    public string Code { get; } = code;
}
