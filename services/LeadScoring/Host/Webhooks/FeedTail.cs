using LeadScoring.Host.Feed;

namespace LeadScoring.Host.Webhooks;

/// <summary>The newest events of all feeds, in memory once for all subscriptions: whoever keeps up reads nothing from the database.</summary>
internal sealed class FeedTail
{
    /// <summary>Events of all tenants together; the oldest go first.</summary>
    public const int EventsMax = 20_000;

    public const long BytesMax = 64 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _heads = new(StringComparer.Ordinal);
    private readonly Dictionary<(string TenantId, long Position), FeedEntry> _events = [];
    private readonly Queue<FeedEntry> _oldestFirst = new();
    private long _bytes;

    /// <summary>The last position known of a tenant's feed.</summary>
    public long HeadOf(string tenantId)
    {
        lock (_lock) return _heads.GetValueOrDefault(tenantId);
    }

    /// <summary>A feed is known to reach this far.</summary>
    public void Note(string tenantId, long head)
    {
        lock (_lock) _heads[tenantId] = Math.Max(head, _heads.GetValueOrDefault(tenantId));
    }

    /// <param name="isWanted">Whether anybody may ask for its body.</param>
    public void Add(FeedEntry published, bool isWanted)
    {
        lock (_lock)
        {
            _heads[published.TenantId] = Math.Max(published.Position, _heads.GetValueOrDefault(published.TenantId));
            if (!isWanted || !_events.TryAdd((published.TenantId, published.Position), published)) return;
            _oldestFirst.Enqueue(published);
            _bytes += published.Body.Length;
            while (_oldestFirst.Count > EventsMax || _bytes > BytesMax)
            {
                var oldest = _oldestFirst.Dequeue();
                _events.Remove((oldest.TenantId, oldest.Position));
                _bytes -= oldest.Body.Length;
            }
        }
    }

    public FeedEntry? Find(string tenantId, long position)
    {
        lock (_lock) return _events.GetValueOrDefault((tenantId, position));
    }
}
