namespace LeadScoring.Host.Access;

/// <summary>Whose request this is, as its API key says.</summary>
/// <param name="KeyId">The key's id, never the key.</param>
/// <param name="Scopes">What the key may do.</param>
/// <param name="IsOperator">The tenant's admin keys manage all tenants.</param>
public sealed record Caller(string TenantId, string KeyId, IReadOnlySet<string> Scopes, bool IsOperator);

public static class Callers
{
    /// <summary>The authenticated caller of a request behind an endpoint that requires a scope.</summary>
    public static Caller Caller(this HttpContext http) => 
        http.Features.Get<Caller>() ?? throw new InvalidOperationException("The endpoint requires no scope.");
}
