namespace LeadScoring.Contracts;

/// <param name="Id">snake_case or kebab-case, 2 to 64 characters.</param>
/// <param name="Operator">Admin keys of this tenant manage all tenants.</param>
public sealed record TenantView(string Id, string Name, bool Operator, DateTimeOffset CreatedAt, DateTimeOffset? RevokedAt);

public sealed record TenantList(IReadOnlyList<TenantView> Tenants);

public sealed record CreateTenantRequest(string Id, string Name);

/// <summary>What an API key may do, written as <c>engagements:write</c> and so on.</summary>
public static class Scopes
{
    public const string EngagementsWrite = "engagements:write";
    public const string LeadsRead = "leads:read";
    public const string MarketingWrite = "marketing:write";
    public const string SalesWrite = "sales:write";
    public const string ModelsWrite = "models:write";
    public const string FeedRead = "feed:read";
    public const string Admin = "admin";

    public static readonly IReadOnlyList<string> All =
        [EngagementsWrite, LeadsRead, MarketingWrite, SalesWrite, ModelsWrite, FeedRead, Admin];
}

/// <param name="Hint">The key's public part; the secret is stored only as a hash.</param>
public sealed record ApiKeyView(
    string Id,
    string TenantId,
    string Name,
    string Hint,
    IReadOnlyList<string> Scopes,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt);

public sealed record ApiKeyList(IReadOnlyList<ApiKeyView> Keys);

public sealed record CreateApiKeyRequest(string Name, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt = null);

/// <param name="Key">The only time the key is shown.</param>
public sealed record CreatedApiKey(string Key, ApiKeyView ApiKey);
