using LeadScoring.Contracts;
using Marten;
using Npgsql;

namespace LeadScoring.Host.Access;

/// <summary>The store of what belongs to no tenant, in a schema of its own: there is one, however many databases hold leads.</summary>
public interface IRegistry : IDocumentStore;

/// <summary>The registry by itself, for commands that serve nobody.</summary>
public sealed class Registry(StoreOptions options) : DocumentStore(options), IRegistry;

/// <param name="Operator">The first tenant there is. Its admin keys manage all tenants.</param>
public sealed record Tenant(string Id, string Name, bool Operator, DateTimeOffset CreatedAt, DateTimeOffset? RevokedAt = null)
{
    public TenantView ToView() => new(Id, Name, Operator, CreatedAt, RevokedAt);
}

/// <param name="Id">The key's public part.</param>
/// <param name="SecretHash">
/// SHA-256 of the secret. A slow hash protects guessable secrets; these are 256 random bits, which nobody guesses at any speed, and every
/// request has to check one.
/// </param>
public sealed record ApiKey(
    string Id,
    string TenantId,
    string Name,
    byte[] SecretHash,
    IReadOnlyList<string> Scopes,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt = null,
    DateTimeOffset? RevokedAt = null)
{
    public bool Grants(string scope) => Scopes.Contains(scope);

    public ApiKeyView ToView() => new(Id, TenantId, Name, ApiKeyText.HintOf(Id), Scopes, CreatedAt, ExpiresAt, RevokedAt);
}

public static class RegistryChanges
{
    /// <summary>The advisory lock of all changes; no other lock of the service has this number.</summary>
    private const long LockKey = 0x4C53_0000_0101;

    /// <summary>Does what <paramref name="change"/> queues in one transaction, while no other change of the registry runs.</summary>
    /// <remarks>
    /// A change judges more than what it writes: which tenant is the first, how many there are, which admin key is the last. Revisions of
    /// single documents would not notice two that each leave the other's document alone. Changes are rare and short, so they take turns under
    /// an advisory lock, held until the transaction ends; what is read after taking it is what the change before has left.
    /// </remarks>
    public static async Task<T> ChangeAsync<T>(this IRegistry registry, Func<IDocumentSession, Task<T>> change, CancellationToken ct)
    {
        await using var session = registry.LightweightSession();
        await session.BeginTransactionAsync(ct);
        await using var takeTurn = new NpgsqlCommand("select pg_advisory_xact_lock($1)") { Parameters = { new() { Value = LockKey } } };
        await session.ExecuteAsync(takeTurn, ct);
        var result = await change(session);
        await session.SaveChangesAsync(ct);
        return result;
    }
}
