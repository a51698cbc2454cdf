using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Events;
using LeadScoring.Host.Storage;
using LeadScoring.Host.Subscriptions;

namespace LeadScoring.Host.Webhooks;

/// <summary>
/// The dispatch's side towards the database: stores outcomes in batches, watches for changed subscriptions, disables. One thing
/// after the other, so that what it tells of a subscription's rows and of what it stored is told in the order it happened.
/// </summary>
internal sealed class DispatchLedger(
    DeliveryStore store,
    WebhookSubscriptions subscriptions,
    SubscriptionSecrets secrets,
    WebhookOptions options,
    WebhookTelemetry telemetry,
    TimeProvider clock,
    ILogger logger) : IDisposable
{
    /// <summary>How late a change of a subscription is noticed.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan AwayPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LastFlushMax = TimeSpan.FromSeconds(5);

    private readonly Dictionary<StreamKey, long> _known = [];
    private readonly HashSet<StreamKey> _unreadable = [];
    private readonly Lock _lock = new();
    private readonly HashSet<StreamKey> _reload = [];
    private readonly Dictionary<StreamKey, (WebhookSubscription Subscription, SubscriptionDisabledReason Reason)> _disabling = [];
    private volatile bool _isAway;
    private long _lookedAt;

    /// <summary>Subscriptions that are to get events, as changed; and those that no longer are.</summary>
    public Action<IReadOnlyList<(LoadedSubscription Loaded, WebhookTarget Target)>, IReadOnlyList<StreamKey>>? Changed { get; set; }

    /// <summary>Rows that are durable.</summary>
    public Action<IReadOnlyList<WebhookDelivery>>? Stored { get; set; }

    public UnsavedDeliveries Unsaved { get; } = new();

    public IReadOnlyList<TimeSpan> RetryDelays => options.RetryDelays;

    /// <summary>The database takes nothing: sending goes on when it does.</summary>
    public bool IsAway => _isAway;

    /// <summary>Its rows are to be read again.</summary>
    public void Reload(StreamKey subscription)
    {
        lock (_lock) _reload.Add(subscription);
    }

    public void Disable(WebhookSubscription subscription, SubscriptionDisabledReason reason)
    {
        lock (_lock) _disabling[subscription.Key] = (subscription, reason);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        while (true)
        {
            try
            {
                await FlushAsync(ct);
                await DisableAsync(ct);
                if (_lookedAt == 0 || clock.GetElapsedTime(_lookedAt) >= LookEvery) await LookAsync(ct);
                _isAway = false;
                await Unsaved.WaitAsync(LookEvery, ct);
            }
            catch (Exception e) when (StoreFailures.IsUnavailable(e) && !ct.IsCancellationRequested)
            {
                if (!_isAway) logger.LogWarning("Webhooks wait while the database is away: {Fault}", e.Message);
                _isAway = true;
                await Task.Delay(AwayPause, clock, ct);
            }
        }
    }

    /// <summary>Stores what is left, or leaves it: what is not stored is sent again.</summary>
    public async Task FlushLastAsync()
    {
        using var patience = new CancellationTokenSource(LastFlushMax);
        try
        {
            await FlushAsync(patience.Token);
        }
        catch (Exception e)
        {
            logger.LogWarning("The last outcomes of webhooks were not stored, so these events are sent again: {Fault}", e.Message);
        }
    }

    public void Dispose() => Unsaved.Dispose();

    /// <summary>Stores what waits at this moment. What comes meanwhile is for the next time: while deliveries flow it would never end.</summary>
    private async Task FlushAsync(CancellationToken ct)
    {
        for (var batches = Unsaved.BatchesWaiting; batches > 0; batches--)
        {
            var (deliveries, progress) = Unsaved.Take();
            if (deliveries.Count == 0 && progress.Count == 0) return;
            try
            {
                await store.SaveAsync(deliveries, progress, ct);
            }
            catch
            {
                Unsaved.PutBack(deliveries, progress);
                throw;
            }

            Stored?.Invoke(deliveries);
        }
    }

    private async Task DisableAsync(CancellationToken ct)
    {
        List<(WebhookSubscription Subscription, SubscriptionDisabledReason Reason)> disabling;
        lock (_lock) disabling = [.. _disabling.Values];
        foreach (var (subscription, reason) in disabling)
        {
            var isDisabled = await subscriptions.DisableAsync(subscription.Key, reason, EventMetadata.None, ct, subscription.TriedSince);
            lock (_lock) _disabling.Remove(subscription.Key);
            if (!isDisabled) continue;
            telemetry.CountDisabled(JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString()));
            logger.LogWarning("Subscription {SubscriptionId} is disabled: {Reason}", subscription.Id, reason);
        }
    }

    private async Task LookAsync(CancellationToken ct)
    {
        _lookedAt = clock.GetTimestamp();
        var revisions = await store.ReadRevisionsAsync(ct);
        var gone = _known.Keys.Where(key => !revisions.ContainsKey(key)).ToList();
        lock (_lock)
        {
            // Until they are loaded: a fault on the way does not forget them.
            foreach (var key in _reload) _known.Remove(key);
            _reload.Clear();
        }

        var changed = revisions.Where(r => !_known.TryGetValue(r.Key, out var known) || known != r.Value).Select(r => r.Key).ToList();

        foreach (var key in gone) _known.Remove(key);
        if (gone.Count > 0) Changed?.Invoke([], gone);
        foreach (var some in changed.Chunk(DeliveryStore.LoadedTogetherMax))
        {
            // What is stored already must not come back as held.
            await FlushAsync(ct);
            var loaded = await store.LoadAsync(some, ct);
            Changed?.Invoke([.. loaded.Select(Open).OfType<(LoadedSubscription, WebhookTarget)>()], []);
            foreach (var found in loaded) _known[found.Subscription.Key] = found.Subscription.Version;
        }
    }

    private (LoadedSubscription Loaded, WebhookTarget Target)? Open(LoadedSubscription loaded)
    {
        var subscription = loaded.Subscription;
        try
        {
            var target = secrets.TargetOf(subscription);
            _unreadable.Remove(subscription.Key);
            return (loaded, target);
        }
        catch (UnreadableSecretException e)
        {
            if (_unreadable.Add(subscription.Key)) logger.LogError(e, "Nothing is delivered to subscription {SubscriptionId}", subscription.Id);
            return null;
        }
    }
}
