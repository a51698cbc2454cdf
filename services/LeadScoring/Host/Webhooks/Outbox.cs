using LeadScoring.EventStore;
using LeadScoring.Host.Subscriptions;

namespace LeadScoring.Host.Webhooks;

/// <summary>What waits to be stored: of each row and each subscription the latest version only.</summary>
internal sealed class Outbox : IDisposable
{
    /// <summary>Rows stored together.</summary>
    public const int BatchMax = 1_000;

    /// <summary>Rows waiting at which nothing more is sent, so that little is sent twice should this instance end.</summary>
    public const int WaitingMax = 20_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<(StreamKey Subscription, long Position), DeliveryRecord> _deliveries = [];
    private readonly Dictionary<StreamKey, SubscriptionProgress> _progress = [];
    private readonly SemaphoreSlim _signal = new(0, 1);

    public bool IsFull
    {
        get
        {
            lock (_lock) return _deliveries.Count >= WaitingMax;
        }
    }

    public void Put(DeliveryRecord delivery)
    {
        lock (_lock) _deliveries[(delivery.Subscription, delivery.Position)] = delivery;
        Wake();
    }

    /// <summary>Stored with whatever is stored next.</summary>
    public void Put(StreamKey subscription, SubscriptionProgress progress)
    {
        lock (_lock) _progress[subscription] = progress;
        Wake();
    }

    /// <summary>The oldest of what waits, at most <see cref="BatchMax"/> of each.</summary>
    public (IReadOnlyList<DeliveryRecord> Deliveries, IReadOnlyList<KeyValuePair<StreamKey, SubscriptionProgress>> Progress) Take()
    {
        lock (_lock)
        {
            var deliveries = _deliveries.Values.Take(BatchMax).ToList();
            foreach (var delivery in deliveries) _deliveries.Remove((delivery.Subscription, delivery.Position));
            var progress = _progress.Take(BatchMax).ToList();
            foreach (var (subscription, _) in progress) _progress.Remove(subscription);
            return (deliveries, progress);
        }
    }

    /// <summary>What could not be stored, unless there is a later version meanwhile.</summary>
    public void PutBack(IReadOnlyList<DeliveryRecord> deliveries, IReadOnlyList<KeyValuePair<StreamKey, SubscriptionProgress>> progress)
    {
        lock (_lock)
        {
            foreach (var delivery in deliveries) _deliveries.TryAdd((delivery.Subscription, delivery.Position), delivery);
            foreach (var (subscription, latest) in progress) _progress.TryAdd(subscription, latest);
        }
    }

    /// <summary>Returns when something waits, or after the time.</summary>
    public Task WaitAsync(TimeSpan max, CancellationToken ct) => _signal.WaitAsync(max, ct);

    public void Dispose() => _signal.Dispose();

    private void Wake()
    {
        lock (_signal)
        {
            if (_signal.CurrentCount == 0) _signal.Release();
        }
    }
}
