using LeadScoring.Host.Events;
using LeadScoring.Host.Subscriptions;

namespace LeadScoring.Host.Webhooks;

/// <summary>What waits to be stored: of each row and each subscription the latest version only.</summary>
internal sealed class UnsavedDeliveries : IDisposable
{
    /// <summary>Rows stored together.</summary>
    public const int BatchMax = 1_000;

    /// <summary>Rows waiting at which nothing more is sent, so that little is sent twice should this instance end.</summary>
    public const int WaitingMax = 20_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<(StreamKey Subscription, long Position), WebhookDelivery> _deliveries = [];

    /// <summary>In the order in which rows came to wait: one that waits for another is never stored before it.</summary>
    private Queue<(StreamKey Subscription, long Position)> _order = new();
    private readonly Dictionary<StreamKey, SubscriptionProgress> _progress = [];
    private readonly Signal _somethingWaits = new();

    public bool IsFull
    {
        get
        {
            lock (_lock) return _deliveries.Count >= WaitingMax;
        }
    }

    /// <summary>Batches that it takes to store what waits.</summary>
    public int BatchesWaiting
    {
        get
        {
            lock (_lock) return (Math.Max(_deliveries.Count, _progress.Count) + BatchMax - 1) / BatchMax;
        }
    }

    public void Put(WebhookDelivery delivery)
    {
        var key = (delivery.Subscription, delivery.Position);
        lock (_lock)
        {
            if (!_deliveries.ContainsKey(key)) _order.Enqueue(key);
            _deliveries[key] = delivery;
        }

        _somethingWaits.Raise();
    }

    /// <summary>Stored with whatever is stored next.</summary>
    public void Put(StreamKey subscription, SubscriptionProgress progress)
    {
        lock (_lock) _progress[subscription] = progress;
        _somethingWaits.Raise();
    }

    /// <summary>The oldest of what waits, at most <see cref="BatchMax"/> of each.</summary>
    public (IReadOnlyList<WebhookDelivery> Deliveries, IReadOnlyList<KeyValuePair<StreamKey, SubscriptionProgress>> Progress) Take()
    {
        lock (_lock)
        {
            var deliveries = new List<WebhookDelivery>(Math.Min(BatchMax, _order.Count));
            while (deliveries.Count < BatchMax && _order.TryDequeue(out var key))
            {
                _deliveries.Remove(key, out var delivery);
                deliveries.Add(delivery!);
            }

            var progress = _progress.Take(BatchMax).ToList();
            foreach (var (subscription, _) in progress) _progress.Remove(subscription);
            return (deliveries, progress);
        }
    }

    /// <summary>What could not be stored, unless there is a later version meanwhile.</summary>
    public void PutBack(IReadOnlyList<WebhookDelivery> deliveries, IReadOnlyList<KeyValuePair<StreamKey, SubscriptionProgress>> progress)
    {
        lock (_lock)
        {
            // In front of what came later; a later version of a row takes the place of the one that comes back.
            var order = new Queue<(StreamKey Subscription, long Position)>(deliveries.Select(d => (d.Subscription, d.Position)));
            foreach (var delivery in deliveries) _deliveries.TryAdd((delivery.Subscription, delivery.Position), delivery);
            var isBack = order.ToHashSet();
            foreach (var key in _order.Where(key => !isBack.Contains(key))) order.Enqueue(key);
            _order = order;
            foreach (var (subscription, latest) in progress) _progress.TryAdd(subscription, latest);
        }
    }

    /// <summary>Returns when something waits, or after the time.</summary>
    public Task WaitAsync(TimeSpan max, CancellationToken ct) => _somethingWaits.WaitAsync(max, ct);

    public void Dispose() => _somethingWaits.Dispose();
}
