using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Security.Cryptography;
using LeadScoring.Host.Storage;
using Marten;

namespace LeadScoring.Host.Access;

/// <summary>
/// Says whose an API key is. Remembers what it looked up, so that a request costs a hash and not a query; what was revoked
/// on another instance stops working here within <see cref="TrustedFor"/>.
/// </summary>
public sealed class KeyRing(IRegistry registry, TimeProvider clock)
{
    /// <summary>How long a looked-up key is believed without asking again.</summary>
    public static readonly TimeSpan TrustedFor = TimeSpan.FromSeconds(10);

    /// <summary>How long a key that was good is believed while the database cannot be asked.</summary>
    public static readonly TimeSpan TrustedWithoutStore = TimeSpan.FromMinutes(5);

    /// <summary>After the database failed to answer, known keys are served without asking it for this long.</summary>
    public static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(1);

    /// <summary>The longest a request waits for a look-up.</summary>
    public static readonly TimeSpan LookupWaitMax = TimeSpan.FromSeconds(2);

    /// <summary>Keys remembered; when more are in use at once, all are forgotten and looked up again.</summary>
    public const int KnownMax = 10_000;

    /// <summary>Ids remembered that no key has: whoever guesses costs one query per guess, whoever repeats costs none.</summary>
    public const int UnknownMax = 10_000;

    private readonly ConcurrentDictionary<string, KnownKey> known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> unknown = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Task<KnownKey?>>> lookups = new(StringComparer.Ordinal);
    private long revision;

    /// <summary>Whether this key was good when it was last looked up, however long ago.</summary>
    public bool Remembers(ApiKeyText key) => known.TryGetValue(key.Id, out var found) && found.Opens(key.Secret);

    /// <summary>The caller, when the key was looked up a moment ago; null says nothing about the key.</summary>
    /// <param name="text">Whatever was presented as a key.</param>
    public Caller? Recall(ReadOnlySpan<char> text)
    {
        if (!ApiKeyText.TrySplit(text, out var id, out var secret)) return null;
        if (!known.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(id, out var found)) return null;
        var now = clock.GetUtcNow();
        return now < found.AskAgainAt && found.IsGoodAt(now) && found.Opens(secret) ? found.Caller : null;
    }

    /// <summary>The caller the key stands for, or null: unknown, expired, revoked, or the wrong secret.</summary>
    /// <exception cref="Exception">The key is not remembered and the database does not answer; <see cref="StoreFailures"/> knows it.</exception>
    public async ValueTask<Caller?> FindAsync(ApiKeyText key)
    {
        var now = clock.GetUtcNow();
        if (!known.TryGetValue(key.Id, out var found) || now >= found.AskAgainAt)
        {
            if (found is null && unknown.TryGetValue(key.Id, out var askAgainAt) && now < askAgainAt) return null;
            found = await LookUpAsync(key.Id, found, now);
        }

        return found is not null && found.IsGoodAt(now) && found.Opens(key.Secret) ? found.Caller : null;
    }

    /// <summary>Makes a change to a key count on this instance at once.</summary>
    public void Forget(string keyId)
    {
        // A look-up that read the old row must not store it after this.
        Interlocked.Increment(ref revision);
        known.TryRemove(keyId, out _);
        unknown.TryRemove(keyId, out _);
    }

    /// <summary>The same for all keys of a tenant.</summary>
    public void ForgetTenant(string tenantId)
    {
        Interlocked.Increment(ref revision);
        foreach (var (id, key) in known)
        {
            if (key.Caller.TenantId == tenantId) known.TryRemove(id, out _);
        }
    }

    private async Task<KnownKey?> LookUpAsync(string id, KnownKey? remembered, DateTimeOffset now)
    {
        // Many requests with one key ask once. The query is nobody's own: a client that goes away does not end it.
        var lookup = lookups.GetOrAdd(id, static (id, ring) => new(() => ring.QueryAsync(id)), this);
        try
        {
            return await lookup.Value.WaitAsync(LookupWaitMax, clock);
        }
        catch (Exception e) when (remembered is not null && StoreFailures.IsUnavailable(e) && now - remembered.ReadAt < TrustedWithoutStore)
        {
            known.TryUpdate(id, remembered with { AskAgainAt = now + AskAgainAfter }, remembered);
            return remembered;
        }
    }

    private async Task<KnownKey?> QueryAsync(string id)
    {
        try
        {
            var before = Interlocked.Read(ref revision);
            var found = await ReadAsync(id);
            if (Interlocked.Read(ref revision) == before) Remember(id, found);
            return found;
        }
        finally
        {
            lookups.TryRemove(id, out _);
        }
    }

    private void Remember(string id, KnownKey? found)
    {
        if (found is null)
        {
            known.TryRemove(id, out _);
            if (unknown.Count >= UnknownMax) unknown.Clear();
            unknown[id] = clock.GetUtcNow() + TrustedFor;
        }
        else
        {
            if (known.Count >= KnownMax) known.Clear();
            known[id] = found;
        }
    }

    private async Task<KnownKey?> ReadAsync(string id)
    {
        await using var session = registry.QuerySession();
        if (await session.LoadAsync<ApiKey>(id) is not { RevokedAt: null } key) return null;
        if (await session.LoadAsync<Tenant>(key.TenantId) is not { RevokedAt: null } tenant) return null;
        var now = clock.GetUtcNow();
        return new KnownKey(
            new Caller(tenant.Id, id, key.Scopes.ToFrozenSet(StringComparer.Ordinal), tenant.Operator), key.SecretHash, key.ExpiresAt, now, now + TrustedFor);
    }

    private sealed record KnownKey(
        Caller Caller, byte[] SecretHash, DateTimeOffset? ExpiresAt, DateTimeOffset ReadAt, DateTimeOffset AskAgainAt)
    {
        public bool IsGoodAt(DateTimeOffset now) => ExpiresAt is not { } end || now < end;

        /// <summary>Takes the same time whether the first or the last byte differs.</summary>
        public bool Opens(ReadOnlySpan<char> secret)
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            ApiKeyText.Hash(secret, hash);
            return CryptographicOperations.FixedTimeEquals(SecretHash, hash);
        }
    }
}
