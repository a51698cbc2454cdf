using LeadScoring.Contracts;

namespace SampleCrm.Handoffs;

/// <summary>What became of an event that was handed in.</summary>
public enum InboxAnswer
{
    /// <summary>The desk has changed as it says.</summary>
    Taken,

    /// <summary>It has been here before, or is part of the history that was read.</summary>
    Repeat,

    /// <summary>A later one of the same lead was here first: what it says is out of date.</summary>
    Older,

    /// <summary>The desk does not need events of its type.</summary>
    Passed,

    /// <summary>Nothing was kept: the desk is full, and the event has to come again.</summary>
    Full,
}

/// <summary>
/// Takes events from any source, any number of times, and keeps what lies on sales' desk. It forgets everything with the process:
/// the feed holds it for ever, and reading it from the beginning gives the same desk again.
/// </summary>
public sealed class HandoffInbox(
    int onDeskMax = HandoffInbox.OnDeskMaxStandard, int rememberedMax = HandoffInbox.RememberedMaxStandard)
{
    /// <summary>Leads on the desk, each with a story of some kilobytes.</summary>
    public const int OnDeskMaxStandard = 20_000;

    /// <summary>How many times as many lie there when they came in order.</summary>
    public const int OverfillMax = 5;

    /// <summary>Ids of events, and leads that left the desk: the oldest go first.</summary>
    public const int RememberedMaxStandard = 100_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, (DeskLead Lead, long Sequence)> _onDesk = [];
    private readonly Remembered<bool> _ids = new(rememberedMax);
    private readonly Remembered<long> _gone = new(rememberedMax);
    private IReadOnlyList<DeskLead>? _snapshot;
    private long _history = -1;
    private volatile bool _isRebuilt;

    /// <summary>Up to this position of the feed everything has been read; -1: nothing was yet.</summary>
    public long History
    {
        get
        {
            lock (_gate) return _history;
        }
    }

    /// <summary>The past has been read once: what lies on the desk is what there is to do.</summary>
    public bool IsRebuilt => _isRebuilt;

    /// <summary>What lies on the desk, in no order; the same list until it changes.</summary>
    public IReadOnlyList<DeskLead> OnDesk()
    {
        lock (_gate) return _snapshot ??= [.. _onDesk.Values.Select(kept => kept.Lead)];
    }

    /// <param name="isInOrder">Only what comes after it can make room: it may overfill the desk, up to a bound.</param>
    /// <exception cref="UnreadableEvent">It is not what its type says.</exception>
    public InboxAnswer Take(CloudEvent published, bool isInOrder = false)
    {
        if (!DeskEvents.Types.Contains(published.Type)) return InboxAnswer.Passed;
        var (leadId, sequence) = DeskEvents.PlaceOf(published);
        lock (_gate)
        {
            if (sequence <= _history || _ids.Holds(published.Id)) return InboxAnswer.Repeat;
            var isOnDesk = _onDesk.TryGetValue(leadId, out var known);
            if (sequence < (isOnDesk ? known.Sequence : _gone.Find(leadId)))
            {
                _ids.Keep(published.Id, true);
                return InboxAnswer.Older;
            }

            var after = DeskEvents.Apply(isOnDesk ? known.Lead : null, published);
            if (after is not null && !isOnDesk && _onDesk.Count >= (isInOrder ? onDeskMax * OverfillMax : onDeskMax)) return InboxAnswer.Full;
            _ids.Keep(published.Id, true);
            Put(leadId, after, sequence);
            return InboxAnswer.Taken;
        }
    }

    /// <summary>Every event of the feed up to this position was handed in.</summary>
    public void HasReadTo(long position)
    {
        lock (_gate) _history = Math.Max(_history, position);
    }

    /// <summary>The whole past was read.</summary>
    public void HasRebuilt() => _isRebuilt = true;

    private void Put(Guid leadId, DeskLead? lead, long sequence)
    {
        _snapshot = null;
        if (lead is null)
        {
            _onDesk.Remove(leadId);
            _gone.Keep(leadId, sequence);
        }
        else
        {
            _onDesk[leadId] = (lead, sequence);
        }
    }

    /// <summary>A bounded memory that forgets what it got first.</summary>
    private sealed class Remembered<T>(int countMax)
    {
        private readonly Dictionary<Guid, T> _kept = [];
        private readonly Queue<Guid> _order = new();

        public bool Holds(Guid id) => _kept.ContainsKey(id);

        public T? Find(Guid id) => _kept.GetValueOrDefault(id);

        public void Keep(Guid id, T value)
        {
            if (!_kept.ContainsKey(id))
            {
                if (_order.Count >= countMax) _kept.Remove(_order.Dequeue());
                _order.Enqueue(id);
            }

            _kept[id] = value;
        }
    }
}
