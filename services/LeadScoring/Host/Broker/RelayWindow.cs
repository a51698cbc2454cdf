using LeadScoring.Host.Feed;

namespace LeadScoring.Host.Broker;

/// <summary>
/// What was read from the feed and is not yet confirmed as a whole: which event may be sent next, and how far everything is
/// confirmed. Of one lead only one event at a time is out, so that one that has to be sent again is never overtaken; leads do not
/// wait for each other. A type of event that the broker did not take is held: one event of it tries whether that has changed, and the
/// others follow when it has. Not for several threads.
/// </summary>
/// <param name="confirmedUpTo">Log sequence up to which everything was confirmed before.</param>
/// <param name="entriesMax">Events kept at most.</param>
/// <param name="retryDelayMax">The longest pause between two attempts of a held type.</param>
/// <param name="types">Events of other types are passed over; null: none are.</param>
internal sealed class RelayWindow(long confirmedUpTo, int entriesMax, TimeSpan retryDelayMax, IReadOnlySet<string>? types = null)
{
    private readonly Queue<RelayEntry> _inOrder = new();
    private readonly Dictionary<(string TenantId, Guid Subject), RelayEntry> _lastOfLead = [];
    private readonly PriorityQueue<RelayEntry, long> _ready = new();
    private readonly Dictionary<string, TypeHold> _holds = new(StringComparer.Ordinal);

    /// <summary>Everything up to here is with the broker.</summary>
    public long ConfirmedUpTo { get; private set; } = confirmedUpTo;

    /// <summary>Everything up to here is or has been in this window.</summary>
    public long ReadUpTo { get; private set; } = confirmedUpTo;

    /// <summary>Events, those confirmed beyond an unconfirmed one included.</summary>
    public int Count => _inOrder.Count;

    /// <summary>Further events that may be read.</summary>
    public int Room => entriesMax - Count;

    /// <summary>A type that the broker does not take; null: none known.</summary>
    public string? HeldType => _holds.Keys.FirstOrDefault();

    /// <param name="events">What follows <see cref="ReadUpTo"/> in the feed, in its order.</param>
    public void Add(IReadOnlyList<FeedEntry> events)
    {
        foreach (var published in events)
        {
            if (published.LogSequence <= ReadUpTo) throw new ArgumentException("The feed is read forwards only.", nameof(events));
            var entry = new RelayEntry(published);
            _inOrder.Enqueue(entry);
            ReadUpTo = published.LogSequence;
            if (types?.Contains(published.Type) == false) entry.Confirm();
            else QueueForLead(entry, (published.TenantId, published.Subject));
        }

        MoveOn();
    }

    /// <summary>The next event that may be sent.</summary>
    /// <param name="now">On the relay's own time.</param>
    public RelayEntry? TakeNext(TimeSpan now)
    {
        foreach (var hold in _holds.Values)
        {
            if (hold.TakeProbe(now) is { } probe) return probe;
        }

        while (_ready.TryDequeue(out var entry, out _))
        {
            if (!_holds.TryGetValue(entry.Event!.Type, out var hold)) return entry;
            hold.Waiting.Enqueue(entry, entry.LogSequence);
        }

        return null;
    }

    /// <summary>The broker has it: the next of its lead may follow, and its type is routable.</summary>
    public void Confirm(RelayEntry entry)
    {
        var published = entry.Event!;
        if (_holds.Remove(published.Type, out var hold)) Release(hold);
        var lead = (published.TenantId, published.Subject);
        if (entry.NextOfLead is { } next) _ready.Enqueue(next, next.LogSequence);
        else _lastOfLead.Remove(lead);
        entry.Confirm();
        MoveOn();
    }

    /// <summary>The broker did not take it: it and its type wait a while.</summary>
    public void Refuse(RelayEntry entry, TimeSpan now)
    {
        var type = entry.Event!.Type;
        if (!_holds.TryGetValue(type, out var hold)) _holds[type] = hold = new TypeHold();
        hold.Refuse(entry, now, retryDelayMax);
    }

    /// <summary>The connection is lost: these, sent and unanswered, are sent again, and held types are tried at once.</summary>
    public void PutBack(IEnumerable<RelayEntry> unanswered)
    {
        foreach (var entry in unanswered) _ready.Enqueue(entry, entry.LogSequence);
        foreach (var hold in _holds.Values) Release(hold);
        _holds.Clear();
    }

    /// <returns>When a held type may be tried again; null: none waits for a time.</returns>
    public TimeSpan? NextTryAt() => _holds.Values.Min(h => h.NextTryAt);

    /// <summary>Whether it may go on when the stored position is found at this place: nobody else has gone further.</summary>
    /// <param name="savedUpTo">What this instance stored last; whether a later attempt succeeded it may not know.</param>
    public bool CanGoOnFrom(long stored, long savedUpTo) => stored >= savedUpTo && stored <= ConfirmedUpTo;

    private void QueueForLead(RelayEntry entry, (string TenantId, Guid Subject) lead)
    {
        if (_lastOfLead.TryGetValue(lead, out var before)) before.NextOfLead = entry;
        else _ready.Enqueue(entry, entry.LogSequence);
        _lastOfLead[lead] = entry;
    }

    private void MoveOn()
    {
        while (_inOrder.TryPeek(out var first) && first.IsConfirmed) ConfirmedUpTo = _inOrder.Dequeue().LogSequence;
    }

    private void Release(TypeHold hold)
    {
        while (hold.Waiting.TryDequeue(out var waiting, out _)) _ready.Enqueue(waiting, waiting.LogSequence);
    }

    private sealed class TypeHold
    {
        private RelayEntry? _probe;
        private TimeSpan _tryAt;
        private int _refusals;

        public PriorityQueue<RelayEntry, long> Waiting { get; } = new();

        public TimeSpan? NextTryAt => _probe is null && Waiting.Count > 0 ? _tryAt : null;

        public RelayEntry? TakeProbe(TimeSpan now)
        {
            if (_probe is not null || now < _tryAt || !Waiting.TryDequeue(out var probe, out _)) return null;
            return _probe = probe;
        }

        /// <summary>Those that were out when the hold began come back one after another: only the first and the probes count.</summary>
        public void Refuse(RelayEntry entry, TimeSpan now, TimeSpan delayMax)
        {
            Waiting.Enqueue(entry, entry.LogSequence);
            if (_refusals > 0 && _probe != entry) return;
            _probe = null;
            _refusals++;
            _tryAt = now + Backoff.After(_refusals, delayMax);
        }
    }
}

/// <summary>An event between the feed and the broker's confirmation.</summary>
internal sealed class RelayEntry(FeedEntry published)
{
    public long LogSequence { get; } = published.LogSequence;

    /// <summary>Null once confirmed or passed over: its body is not needed any more.</summary>
    public FeedEntry? Event { get; private set; } = published;

    public bool IsConfirmed => Event is null;

    /// <summary>The next event of the same lead, which waits for this one.</summary>
    public RelayEntry? NextOfLead { get; set; }

    /// <summary>When it was sent last, on the relay's own time.</summary>
    public TimeSpan SentAt { get; set; }

    public void Confirm() => Event = null;
}
