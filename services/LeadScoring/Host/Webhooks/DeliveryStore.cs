using System.Data;
using JasperFx;
using LeadScoring.Host.Events;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Storage;
using LeadScoring.Host.Subscriptions;
using Marten;
using Marten.Services.BatchQuerying;
using Npgsql;

namespace LeadScoring.Host.Webhooks;

/// <summary>What delivering reads and writes: many subscriptions at once.</summary>
internal sealed class DeliveryStore(IDocumentStore documents, NpgsqlDataSource database)
{
    /// <summary>Subscriptions loaded together.</summary>
    public const int LoadedTogetherMax = 25;

    /// <summary>Asked a few times a second, of all tenants: the documents themselves stay where they are.</summary>
    private const string ReadRevisions =
        """
        select s.tenant_id, s.id, s.mt_version::bigint
        from mt_doc_webhook_subscription s
        join registry.mt_doc_tenant t on t.id = s.tenant_id
        where s.enabled and s.deleted_at is null and t.data ->> 'RevokedAt' is null
        """;

    /// <summary>Stores all of it in one transaction.</summary>
    public Task SaveAsync(IReadOnlyList<WebhookDelivery> deliveries, IReadOnlyList<KeyValuePair<StreamKey, SubscriptionProgress>> progress, CancellationToken ct) =>
        documents.ChangeAsync(
            StorageConstants.DefaultTenantId,
            async session =>
            {
                var batch = session.CreateBatchQuery();
                var stored = deliveries.GroupBy(d => d.TenantId, StringComparer.Ordinal).Select(of => StoredAsync(batch, of.Key, [.. of.Select(d => d.Id)])).ToList();
                var known = progress.GroupBy(p => p.Key.TenantId, StringComparer.Ordinal).Select(of => KnownAsync(batch, of.Key, [.. of.Select(p => p.Key.StreamId)])).ToList();
                await batch.Execute(ct);
                Change(session, deliveries, (await Task.WhenAll(stored)).SelectMany(d => d).ToDictionary(d => d.Id, StringComparer.Ordinal));
                Change(session, progress, (await Task.WhenAll(known)).SelectMany(p => p).ToDictionary(p => p.Id));
                return true;
            },
            ct);

    /// <summary>Every subscription that is to get events, and its revision.</summary>
    public async Task<Dictionary<StreamKey, long>> ReadRevisionsAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand(ReadRevisions);
        await using var rows = await command.ExecuteReaderAsync(ct);
        var revisions = new Dictionary<StreamKey, long>();
        while (await rows.ReadAsync(ct)) revisions.Add(new(rows.GetString(0), rows.GetGuid(1)), rows.GetInt64(2));
        return revisions;
    }

    /// <summary>Those of the subscriptions that are still to get events, as one snapshot shows them.</summary>
    /// <param name="keys">At most <see cref="LoadedTogetherMax"/>.</param>
    public async Task<IReadOnlyList<LoadedSubscription>> LoadAsync(IReadOnlyList<StreamKey> keys, CancellationToken ct)
    {
        await using var session = documents.LightweightSession(IsolationLevel.RepeatableRead);
        await session.BeginTransactionAsync(ct);
        var tenants = keys.GroupBy(k => k.TenantId, k => k.StreamId, StringComparer.Ordinal).ToList();
        var batch = session.CreateBatchQuery();
        var wanted = tenants.ConvertAll(of => WantedAsync(batch, of.Key, [.. of]));
        var known = tenants.ConvertAll(of => KnownAsync(batch, of.Key, [.. of]));
        await batch.Execute(ct);
        var progress = (await Task.WhenAll(known)).SelectMany(p => p).ToDictionary(p => p.Id);
        var heads = (await session.LoadManyAsync<FeedHead>(ct, [.. tenants.Select(of => of.Key)])).ToDictionary(h => h.TenantId, h => h.Position, StringComparer.Ordinal);

        batch = session.CreateBatchQuery();
        var loaded = (await Task.WhenAll(wanted)).SelectMany(s => s)
            .Select(s => LoadAsync(batch, s, progress[s.Id], heads.GetValueOrDefault(s.TenantId)))
            .ToList();
        await batch.Execute(ct);
        return await Task.WhenAll(loaded);
    }

    private static async Task<LoadedSubscription> LoadAsync(IBatchedQuery batch, WebhookSubscription subscription, SubscriptionProgress progress, long head)
    {
        var unfinished = batch.Query<WebhookDelivery>()
            .Where(d => d.AnyTenant() && d.SubscriptionId == subscription.Id && d.FinishedAt == null)
            .OrderBy(d => d.Position)
            .Take(DispatchBounds.HeldMax + 1)
            .Select(d => new { d.Position, d.Subject, d.Attempts, d.NextAttemptAt, d.LastAttemptAt, d.RetryAfterSeconds })
            .ToList();
        var ahead = batch.Query<WebhookDelivery>()
            .Where(d => d.AnyTenant() && d.SubscriptionId == subscription.Id && d.FinishedAt != null && d.Position > progress.Position)
            .Select(d => d.Position)
            .ToList();

        // What was tried before the subscription was enabled again, or got another address, is due at once.
        var held = (await unfinished).Select(d =>
        {
            var dueAt = d.LastAttemptAt < subscription.TriedSince ? subscription.TriedSince : d.NextAttemptAt ?? subscription.TriedSince;
            return new HeldDelivery(d.Position, d.Subject, d.Attempts, dueAt, d.RetryAfterSeconds is not null && dueAt != subscription.TriedSince);
        });
        return new(subscription, progress, head, [.. held.Take(DispatchBounds.HeldMax)], (await unfinished).Count > DispatchBounds.HeldMax, await ahead);
    }

    private static Task<IReadOnlyList<WebhookSubscription>> WantedAsync(IBatchedQuery batch, string tenantId, Guid[] ids) =>
        batch.Query<WebhookSubscription>().Where(s => s.TenantIsOneOf(tenantId) && s.Id.IsOneOf(ids) && s.Enabled && s.DeletedAt == null).ToList();

    private static Task<IReadOnlyList<SubscriptionProgress>> KnownAsync(IBatchedQuery batch, string tenantId, Guid[] ids) =>
        batch.Query<SubscriptionProgress>().Where(p => p.TenantIsOneOf(tenantId) && p.Id.IsOneOf(ids)).ToList();

    private static Task<IReadOnlyList<WebhookDelivery>> StoredAsync(IBatchedQuery batch, string tenantId, string[] ids) =>
        batch.Query<WebhookDelivery>().Where(d => d.TenantIsOneOf(tenantId) && d.Id.IsOneOf(ids)).ToList();

    /// <summary>What is finished stays as it is: an instance that led before may be late with what it knew.</summary>
    private static void Change(IDocumentSession session, IReadOnlyList<WebhookDelivery> deliveries, Dictionary<string, WebhookDelivery> stored)
    {
        // In one order, whoever writes: two never wait for each other.
        foreach (var delivery in deliveries.OrderBy(d => d.SubscriptionId).ThenBy(d => d.Position))
        {
            var tenant = session.ForTenant(delivery.TenantId);
            if (!stored.TryGetValue(delivery.Id, out var former)) tenant.Insert(delivery with { });
            else if (former.FinishedAt is null) tenant.UpdateRevision(delivery with { LastAttemptAt = delivery.LastAttemptAt ?? former.LastAttemptAt }, former.Version + 1L);
        }
    }

    /// <summary>That of a subscription that is gone is gone too.</summary>
    private static void Change(IDocumentSession session, IReadOnlyList<KeyValuePair<StreamKey, SubscriptionProgress>> progress, Dictionary<Guid, SubscriptionProgress> known)
    {
        foreach (var (key, latest) in progress.OrderBy(p => p.Key.StreamId))
        {
            if (!known.TryGetValue(key.StreamId, out var former)) continue;
            session.ForTenant(key.TenantId).UpdateRevision(latest with { Position = Math.Max(latest.Position, former.Position) }, former.Version + 1L);
        }
    }
}
