using LeadScoring.Contracts;
using LeadScoring.Host.Http;
using Marten;

namespace LeadScoring.Host.Access;

/// <summary>The API keys in the registry; their secrets are there only as hashes.</summary>
public sealed class ApiKeys(IRegistry registry, TimeProvider clock)
{
    /// <summary>Keys of one tenant that are not revoked; a list shows as many more revoked ones, the latest.</summary>
    public const int LivePerTenantMax = 500;

    public static Refusal NotFound { get; } = new(404, "api_key_not_found", "The tenant has no such API key.");

    private static readonly Refusal TenantRevoked = new(409, "tenant_revoked", "The tenant was revoked; it gets no more keys.");
    private static readonly Refusal TooMany =
        new(409, "too_many_api_keys", $"The tenant has {LivePerTenantMax} live keys, the most there can be; revoke some.");
    private static readonly Refusal LastAdminKey = new(409, "last_admin_key", "This is the operator tenant's last admin key: make another one first.");

    /// <summary>Live keys first, the newest first.</summary>
    public async Task<IReadOnlyList<ApiKey>> ListAsync(string tenantId, CancellationToken ct)
    {
        await using var session = registry.QuerySession();
        var live = await LiveAsync(session, tenantId, ct);
        var revoked = await session.Query<ApiKey>()
            .Where(k => k.TenantId == tenantId && k.RevokedAt != null)
            .OrderByDescending(k => k.CreatedAt).ThenBy(k => k.Id)
            .Take((2 * LivePerTenantMax) - live.Count)
            .ToListAsync(ct);
        return [.. live, .. revoked];
    }

    /// <summary>What is created holds the key; it cannot be had again.</summary>
    public Task<(CreatedApiKey? Created, Refusal? Refusal)> CreateAsync(string tenantId, CreateApiKeyRequest request, CancellationToken ct) =>
        registry.ChangeAsync<(CreatedApiKey?, Refusal?)>(
            async session =>
            {
                if (await session.LoadAsync<Tenant>(tenantId, ct) is not { } tenant) return (null, Tenants.NotFound);
                if (tenant.RevokedAt is not null) return (null, TenantRevoked);
                var live = await session.Query<ApiKey>().CountAsync(k => k.TenantId == tenantId && k.RevokedAt == null, ct);
                return live >= LivePerTenantMax ? (null, TooMany) : (Insert(session, tenantId, request, clock.GetUtcNow()), null);
            },
            ct);

    /// <summary>Revoking a key twice is as good as once.</summary>
    /// <returns>Null: it is revoked.</returns>
    public Task<Refusal?> RevokeAsync(string tenantId, string keyId, CancellationToken ct) => registry.ChangeAsync(
        async session =>
        {
            if (await session.LoadAsync<Tenant>(tenantId, ct) is not { } tenant) return Tenants.NotFound;
            if (await session.LoadAsync<ApiKey>(keyId, ct) is not { } key || key.TenantId != tenantId) return NotFound;
            if (key.RevokedAt is not null) return null;

            // Without an admin key of the operator nobody could manage the service any more.
            var now = clock.GetUtcNow();
            if (tenant.Operator && key.Grants(Scopes.Admin)
                && !(await LiveAsync(session, tenantId, ct)).Any(k => k.Id != keyId && k.Grants(Scopes.Admin) && (k.ExpiresAt is not { } end || end > now)))
            {
                return LastAdminKey;
            }

            session.Update(key with { RevokedAt = now });
            return null;
        },
        ct);

    /// <summary>Queues a new key, unchecked.</summary>
    internal static CreatedApiKey Insert(IDocumentSession session, string tenantId, CreateApiKeyRequest request, DateTimeOffset now)
    {
        var text = ApiKeyText.Make();
        var key = new ApiKey(text.Id, tenantId, request.Name, text.Hash(), request.Scopes, now, request.ExpiresAt?.ToUniversalTime());
        session.Insert(key);
        return new(text.Reveal(), key.ToView());
    }

    private static Task<IReadOnlyList<ApiKey>> LiveAsync(IQuerySession session, string tenantId, CancellationToken ct) => session.Query<ApiKey>()
        .Where(k => k.TenantId == tenantId && k.RevokedAt == null)
        .OrderByDescending(k => k.CreatedAt).ThenBy(k => k.Id)
        .Take(LivePerTenantMax)
        .ToListAsync(ct);
}
