using System.Threading.Channels;
using JasperFx;
using LeadScoring.Host.Events;
using LeadScoring.Host.Storage;
using LeadScoring.Host.Subscriptions;
using Marten;

namespace LeadScoring.Host.Webhooks;

/// <summary>
/// Stores outcomes and progress of all subscriptions in groups, in the order they came: a row that waits for another is never
/// stored before it.
/// </summary>
internal sealed class DeliveryWriter(IDocumentStore documents, TimeProvider clock, ILogger logger)
{
    /// <summary>Rows stored together.</summary>
    public const int BatchMax = 1_000;

    /// <summary>Between two attempts while the database takes nothing.</summary>
    private static readonly TimeSpan AwayPause = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Bounded by who writes: of each subscription's fresh events <see cref="DeliveryQueue.OpenMax"/> at most wait to be stored, and a retry
    /// is made only when its time has come.
    /// </summary>
    private readonly Channel<Row> _rows = Channel.CreateUnbounded<Row>(new() { SingleReader = true });

    /// <param name="stored">Called when it is durable.</param>
    public void Put(WebhookDelivery delivery, Action stored) => _rows.Writer.TryWrite(new(delivery.Subscription, delivery, null, stored));

    public void Put(StreamKey subscription, SubscriptionProgress progress) => _rows.Writer.TryWrite(new(subscription, null, progress, null));

    /// <summary>Returns when everything put before is durable.</summary>
    public Task FlushAsync(CancellationToken ct)
    {
        var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _rows.Writer.TryWrite(new(default, null, null, flushed.SetResult));
        return flushed.Task.WaitAsync(ct);
    }

    /// <summary>Nothing more is put: <see cref="RunAsync"/> returns when the rest is stored.</summary>
    public void Complete() => _rows.Writer.TryComplete();

    public async Task RunAsync(CancellationToken ct)
    {
        var rows = new List<Row>();
        while (await _rows.Reader.WaitToReadAsync(ct))
        {
            while (rows.Count < BatchMax && _rows.Reader.TryRead(out var row)) rows.Add(row);

            // The latest version of each.
            var deliveries = rows.Where(r => r.Delivery is not null).GroupBy(r => r.Delivery!.Id, (_, same) => same.Last().Delivery!, StringComparer.Ordinal);
            var progress = rows.Where(r => r.Progress is not null).GroupBy(r => r.Subscription, (_, same) => same.Last());
            await SaveAsync([.. deliveries], [.. progress.Select(p => (p.Subscription, p.Progress!))], ct);
            foreach (var row in rows) row.Stored?.Invoke();
            rows.Clear();
        }
    }

    private async Task SaveAsync(
        IReadOnlyList<WebhookDelivery> deliveries, IReadOnlyList<(StreamKey Subscription, SubscriptionProgress Latest)> progress, CancellationToken ct)
    {
        if (deliveries.Count == 0 && progress.Count == 0) return;
        for (var isAway = false; ; isAway = true)
        {
            try
            {
                await documents.ChangeAsync(StorageConstants.DefaultTenantId, session => ChangeAsync(session, deliveries, progress, ct), ct);
                return;
            }
            catch (Exception e) when (StoreFailures.IsUnavailable(e) && !ct.IsCancellationRequested)
            {
                if (!isAway) logger.LogWarning("Outcomes of webhooks wait while the database is away: {Fault}", e.Message);
                await Task.Delay(AwayPause, clock, ct);
            }
        }
    }

    /// <summary>An instance that led before may be late with what it knew: what is finished stays so, and positions only grow.</summary>
    private static async Task<bool> ChangeAsync(
        IDocumentSession session,
        IReadOnlyList<WebhookDelivery> deliveries,
        IReadOnlyList<(StreamKey Subscription, SubscriptionProgress Latest)> progress,
        CancellationToken ct)
    {
        var batch = session.CreateBatchQuery();
        var storedRows = deliveries.GroupBy(d => d.TenantId, d => d.Id, StringComparer.Ordinal)
            .Select(of => (Tenant: of.Key, Ids: of.ToArray()))
            .Select(of => batch.Query<WebhookDelivery>().Where(d => d.TenantIsOneOf(of.Tenant) && d.Id.IsOneOf(of.Ids)).ToList())
            .ToList();
        var storedProgress = progress.GroupBy(p => p.Subscription.TenantId, p => p.Subscription.StreamId, StringComparer.Ordinal)
            .Select(of => (Tenant: of.Key, Ids: of.ToArray()))
            .Select(of => batch.Query<SubscriptionProgress>().Where(p => p.TenantIsOneOf(of.Tenant) && p.Id.IsOneOf(of.Ids)).ToList())
            .ToList();
        await batch.Execute(ct);
        var knownRows = (await Task.WhenAll(storedRows)).SelectMany(d => d).ToDictionary(d => d.Id, StringComparer.Ordinal);
        var knownProgress = (await Task.WhenAll(storedProgress)).SelectMany(p => p).ToDictionary(p => p.Id);

        // In one order, whoever writes: two never wait for each other.
        foreach (var row in deliveries.OrderBy(d => d.SubscriptionId).ThenBy(d => d.Position))
        {
            var tenant = session.ForTenant(row.TenantId);
            if (!knownRows.TryGetValue(row.Id, out var former)) tenant.Insert(row with { });
            if (former is not { FinishedAt: null }) continue;
            tenant.UpdateRevision(row with { LastAttempt = row.LastAttempt ?? former.LastAttempt }, former.Version + 1L);
        }

        foreach (var (subscription, latest) in progress.OrderBy(p => p.Subscription.StreamId))
        {
            // That of a subscription that is gone is gone too.
            if (!knownProgress.TryGetValue(subscription.StreamId, out var former)) continue;
            var position = Math.Max(latest.Position, former.Position);
            session.ForTenant(subscription.TenantId).UpdateRevision(latest with { Position = position }, former.Version + 1L);
        }

        return true;
    }

    private readonly record struct Row(StreamKey Subscription, WebhookDelivery? Delivery, SubscriptionProgress? Progress, Action? Stored);
}
