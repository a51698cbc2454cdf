using LeadScoring.Host.Http;
using Marten;

namespace LeadScoring.Host.Access;

/// <summary>The tenants in the registry.</summary>
public sealed class Tenants(IRegistry registry, TimeProvider clock)
{
    /// <summary>Tenants there can be, revoked ones included; also the longest list.</summary>
    public const int CountMax = 1000;

    public static Refusal NotFound { get; } = new(404, "tenant_not_found", "There is no such tenant.");

    private static readonly Refusal Taken = new(409, "tenant_exists", "Another tenant has this id, or had it before it was revoked.");
    private static readonly Refusal TooMany = new(409, "too_many_tenants", $"There are {CountMax} tenants, the most there can be.");
    private static readonly Refusal OperatorStays = new(409, "operator_tenant", "The operator tenant cannot be revoked: it manages the others.");

    /// <summary>The oldest first.</summary>
    public async Task<IReadOnlyList<Tenant>> ListAsync(CancellationToken ct)
    {
        await using var session = registry.QuerySession();
        return await session.Query<Tenant>().OrderBy(t => t.CreatedAt).ThenBy(t => t.Id).Take(CountMax).ToListAsync(ct);
    }

    public async Task<Tenant?> FindAsync(string id, CancellationToken ct)
    {
        await using var session = registry.QuerySession();
        return await session.LoadAsync<Tenant>(id, ct);
    }

    /// <summary>The first tenant there is becomes the operator. One that is there already, under this name, is answered as it is.</summary>
    public Task<(Tenant? Tenant, bool IsNew, Refusal? Refusal)> CreateAsync(string id, string name, CancellationToken ct) =>
        registry.ChangeAsync<(Tenant?, bool, Refusal?)>(
            async session =>
            {
                if (await session.LoadAsync<Tenant>(id, ct) is { } existing)
                {
                    return existing.Name == name && existing.RevokedAt is null ? (existing, false, null) : (null, false, Taken);
                }

                var count = await session.Query<Tenant>().CountAsync(ct);
                if (count >= CountMax) return (null, false, TooMany);
                var tenant = new Tenant(id, name, Operator: count == 0, clock.GetUtcNow());
                session.Insert(tenant);
                return (tenant, true, null);
            },
            ct);

    /// <summary>Revoking a tenant twice is as good as once.</summary>
    /// <returns>Null: it is revoked.</returns>
    public Task<Refusal?> RevokeAsync(string id, CancellationToken ct) => registry.ChangeAsync(
        async session =>
        {
            if (await session.LoadAsync<Tenant>(id, ct) is not { } tenant) return NotFound;
            if (tenant.Operator) return OperatorStays;
            if (tenant.RevokedAt is null) session.Update(tenant with { RevokedAt = clock.GetUtcNow() });
            return null;
        },
        ct);
}
