using LeadScoring.Contracts;
using LeadScoring.Host.Engagements;
using LeadScoring.Host.Events;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Storage;
using LeadScoring.Host.Webhooks;
using Marten;

namespace LeadScoring.Host.Subscriptions;

public enum CreationOutcome
{
    Created,

    /// <summary>The same request was made before with the same key; this is what came of it.</summary>
    Repeated,

    /// <summary>The Idempotency-Key came with another request before.</summary>
    KeyReused,

    TooMany,
}

/// <summary>A subscription with everything that is shown of it.</summary>
/// <param name="Head">The last position of the tenant's feed.</param>
/// <param name="Pending">Deliveries held back.</param>
public sealed record SubscriptionFacts(WebhookSubscription Subscription, SubscriptionProgress Progress, long Head, long Pending);

/// <param name="Position">Events after it are delivered.</param>
/// <param name="CreationKey">Null: each request makes another subscription.</param>
/// <param name="CreationHash">Of the request, to tell a repeat from another one.</param>
public sealed record NewSubscription(
    string TenantId, Uri Url, IReadOnlyList<string>? EventTypes, string ContentType, string? Description, bool Enabled, long Position, string? CreationKey, byte[] CreationHash);

/// <summary>What a patch changes; null: nothing.</summary>
/// <param name="EventTypes">Empty: all.</param>
/// <param name="Description">Empty: none.</param>
public sealed record SubscriptionPatch(Uri? Url, IReadOnlyList<string>? EventTypes, string? ContentType, string? Description, bool? Enabled);

/// <summary>Webhook subscriptions as the database has them.</summary>
public sealed class WebhookSubscriptions(IDocumentStore documents, SubscriptionSecrets secrets, TimeProvider clock)
{
    /// <summary>Of one tenant.</summary>
    public const int PerTenantMax = 5_000;

    /// <summary>Those who make a tenant's subscriptions take turns, so that they can be counted and of two requests one sees the other's subscription.</summary>
    private const string CreationLock = "creation of subscriptions";

    private const string EventSource = "subscription_disabled";

    /// <returns>Facts and secret are there unless it was refused.</returns>
    public async Task<(CreationOutcome Outcome, SubscriptionFacts? Facts, string? Secret)> CreateAsync(NewSubscription wanted, CancellationToken ct)
    {
        await using var session = documents.LightweightSession(wanted.TenantId);
        await session.LockAsync(CreationLock, ct);
        if (wanted.CreationKey is { } key && await session.Query<WebhookSubscription>().FirstOrDefaultAsync(s => s.CreationKey == key, ct) is { } known)
        {
            return known.CreationHash.AsSpan().SequenceEqual(wanted.CreationHash)
                ? (CreationOutcome.Repeated, (await FactsAsync(session, [known], ct))[0], SecretOf(known))
                : (CreationOutcome.KeyReused, null, null);
        }

        if (await session.Query<WebhookSubscription>().CountAsync(s => s.DeletedAt == null, ct) >= PerTenantMax) return (CreationOutcome.TooMany, null, null);
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        var created = new WebhookSubscription
        {
            Id = id,
            Url = wanted.Url.AbsoluteUri,
            EventTypes = wanted.EventTypes,
            ContentType = wanted.ContentType,
            Description = wanted.Description,
            Enabled = wanted.Enabled,
            DisabledReason = wanted.Enabled ? null : SubscriptionDisabledReason.ByRequest,
            DisabledAt = wanted.Enabled ? null : now,
            TriedSince = now,
            Secret = secrets.Seal(id, SubscriptionSecrets.NewKey()),
            CreationKey = wanted.CreationKey,
            CreationHash = wanted.CreationHash,
            CreatedAt = now,
            UpdatedAt = now,
        };
        session.Insert(created);
        session.Insert(new SubscriptionProgress { Id = id, Position = wanted.Position });
        await session.SaveChangesAsync(ct);
        return (CreationOutcome.Created, (await FactsAsync(session, [created], ct))[0], SecretOf(created));
    }

    /// <returns>Null: the tenant has no such subscription.</returns>
    public async Task<WebhookSubscription?> FindAsync(string tenantId, Guid id, CancellationToken ct)
    {
        await using var session = documents.QuerySession(tenantId);
        return await session.LoadAsync<WebhookSubscription>(id, ct) is { DeletedAt: null } found ? found : null;
    }

    /// <returns>Null: the tenant has no such subscription.</returns>
    public async Task<SubscriptionFacts?> FindFactsAsync(string tenantId, Guid id, CancellationToken ct)
    {
        await using var session = documents.QuerySession(tenantId);
        return await session.LoadAsync<WebhookSubscription>(id, ct) is { DeletedAt: null } found ? (await FactsAsync(session, [found], ct))[0] : null;
    }

    /// <summary>The newest first.</summary>
    /// <param name="after">The last one of the page before; null: the first page.</param>
    public async Task<IReadOnlyList<SubscriptionFacts>> ListAsync(
        string tenantId, (DateTimeOffset CreatedAt, Guid Id)? after, int limit, CancellationToken ct)
    {
        await using var session = documents.QuerySession(tenantId);
        IQueryable<WebhookSubscription> all = session.Query<WebhookSubscription>().Where(s => s.DeletedAt == null);
        if (after is var (at, last)) all = all.Where(s => s.CreatedAt < at || (s.CreatedAt == at && s.Id.CompareTo(last) < 0));
        return await FactsAsync(session, await all.OrderByDescending(s => s.CreatedAt).ThenByDescending(s => s.Id).Take(limit).ToListAsync(ct), ct);
    }

    /// <returns>As it is now; null: the tenant has no such subscription.</returns>
    public async Task<SubscriptionFacts?> PatchAsync(string tenantId, Guid id, SubscriptionPatch patch, EventMetadata metadata, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        if (await ChangeAsync(tenantId, id, s => s.Patched(patch, now), ct) is null) return null;
        if (patch.Enabled == false) await DisableAsync(new(tenantId, id), SubscriptionDisabledReason.ByRequest, metadata, ct);
        return await FindFactsAsync(tenantId, id, ct);
    }

    /// <summary>Switches it off and says so in the log, both or neither. What is off already stays as it is.</summary>
    /// <param name="triedSince">Only if it was neither enabled nor given another address since; null: in any case.</param>
    /// <returns>Whether this call did it.</returns>
    public Task<bool> DisableAsync(
        StreamKey key, SubscriptionDisabledReason reason, EventMetadata metadata, CancellationToken ct, DateTimeOffset? triedSince = null) =>
        documents.ChangeAsync(
            key.TenantId,
            async session =>
            {
                if (await session.LoadAsync<WebhookSubscription>(key.StreamId, ct) is not { Enabled: true } subscription) return false;
                if (triedSince is { } since && subscription.TriedSince != since) return false;
                var (now, version) = (clock.GetUtcNow(), subscription.StreamVersion + 1);
                session.Carry(metadata);
                var disabled = session.Events.Append(key.StreamId, version, new SubscriptionDisabled(key.StreamId, reason, now)).Events[0];
                disabled.Timestamp = now;

                // Of the version it makes: a repeat after a lost answer is the same event.
                disabled.Id = EngagementId.Of(key.TenantId, EventSource, $"{key.StreamId}/{version}");
                session.UpdateRevision(subscription.Disabled(reason, now), subscription.Version + 1L);
                return true;
            },
            ct);

    /// <returns>False: the tenant has no such subscription.</returns>
    public async Task<bool> DeleteAsync(string tenantId, Guid id, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return await ChangeAsync(tenantId, id, s => s.Deleted(now), ct) is not null;
    }

    /// <param name="formerUntil">Until then the secret of before signs too.</param>
    /// <returns>The secret from here on; null: the tenant has no such subscription.</returns>
    public async Task<string?> RotateAsync(string tenantId, Guid id, DateTimeOffset formerUntil, CancellationToken ct)
    {
        var (now, key) = (clock.GetUtcNow(), SubscriptionSecrets.NewKey());
        var rotated = await ChangeAsync(
            tenantId,
            id,
            s => s with { Secret = secrets.Seal(id, key), FormerSecret = s.Secret, FormerSecretUntil = formerUntil, UpdatedAt = now },
            ct);
        return rotated is null ? null : WebhookSignature.SecretOf(key);
    }

    private Task<WebhookSubscription?> ChangeAsync(string tenantId, Guid id, Func<WebhookSubscription, WebhookSubscription> change, CancellationToken ct) =>
        documents.ChangeAsync<WebhookSubscription>(tenantId, id, s => s.DeletedAt is null ? change(s) : null, ct);

    private string SecretOf(WebhookSubscription subscription) => WebhookSignature.SecretOf(secrets.Open(subscription.Id, subscription.Secret));

    private static async Task<IReadOnlyList<SubscriptionFacts>> FactsAsync(IQuerySession session, IReadOnlyList<WebhookSubscription> some, CancellationToken ct)
    {
        Guid[] ids = [.. some.Select(s => s.Id)];
        var progress = (await session.LoadManyAsync<SubscriptionProgress>(ct, ids)).ToDictionary(p => p.Id);
        var head = (await session.LoadAsync<FeedHead>(session.TenantId, ct))?.Position ?? 0;
        var pending = await session.Query<WebhookDelivery>()
            .Where(d => d.SubscriptionId.IsOneOf(ids) && d.FinishedAt == null)
            .GroupBy(d => d.SubscriptionId)
            .Select(g => new { SubscriptionId = g.Key, Count = g.Count() })
            .ToListAsync(ct);
        return [.. some.Select(s => new SubscriptionFacts(s, progress[s.Id], head, pending.FirstOrDefault(p => p.SubscriptionId == s.Id)?.Count ?? 0))];
    }
}
