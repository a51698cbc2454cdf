using System.Text.Json;
using JasperFx;
using Marten;

namespace LeadScoring.Host.Settings;

/// <summary>A setting as a tenant put it.</summary>
public sealed record TenantSetting
{
    public required string TenantId { get; init; }

    /// <summary>Its id among the tenant's.</summary>
    public required string Name { get; init; }

    /// <summary>1 or more, one more with every put; the ETag.</summary>
    public int Version { get; init; }

    /// <summary>The contract's body.</summary>
    public required JsonElement Body { get; init; }
}

/// <summary>What tenants have settled for themselves.</summary>
public sealed class TenantSettings(IDocumentStore store)
{
    /// <summary>The version of a setting nobody has put.</summary>
    public const long VersionOfDefault = 0;

    /// <summary>People put settings, a few at a time.</summary>
    private const int AttemptsMax = 20;

    public async Task<IReadOnlyList<TenantSetting>> ReadAsync(string[] tenantIds, CancellationToken ct)
    {
        await using var session = store.QuerySession();
        return await session.Query<TenantSetting>().Where(s => s.TenantIsOneOf(tenantIds)).ToListAsync(ct);
    }

    /// <returns>Null when the tenant has not put it.</returns>
    public async Task<TenantSetting?> FindAsync(string tenantId, string name, CancellationToken ct)
    {
        await using var session = store.QuerySession(tenantId);
        return await session.LoadAsync<TenantSetting>(name, ct);
    }

    /// <param name="expectedVersion">Null: any.</param>
    /// <returns>The version it has by this; null: it has another than the expected one.</returns>
    /// <exception cref="TimeoutException">Others were faster each time.</exception>
    public async Task<long?> PutAsync(string tenantId, string name, JsonElement body, long? expectedVersion, CancellationToken ct)
    {
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            await using var session = store.LightweightSession(tenantId);
            var version = (await session.LoadAsync<TenantSetting>(name, ct))?.Version ?? VersionOfDefault;
            if (expectedVersion is { } expected && expected != version) return null;
            session.UpdateRevision(new TenantSetting { TenantId = tenantId, Name = name, Body = body }, version + 1);
            try
            {
                await session.SaveChangesAsync(ct);
                return version + 1;
            }
            catch (ConcurrencyException)
            {
                // Somebody else has put it meanwhile: look whether the version is still one that was expected.
            }
        }

        throw new TimeoutException("The tenant's setting is being put by too many at once.");
    }
}
