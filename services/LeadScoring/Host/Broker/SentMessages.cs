namespace LeadScoring.Host.Broker;

/// <summary>What was sent on one connection and has no answer yet, by its number there and by its id. Not for several threads.</summary>
internal sealed class SentMessages
{
    private readonly Dictionary<ulong, RelayEntry> _byTag = [];
    private readonly Dictionary<Guid, RelayEntry> _byId = [];
    private ulong _first = 1;
    private ulong _next = 1;

    public int Count => _byTag.Count;

    public IEnumerable<RelayEntry> All => _byTag.Values;

    /// <summary>The one sent first of those without an answer; null: all have one.</summary>
    public RelayEntry? Oldest
    {
        get
        {
            if (Count == 0) return null;
            while (!_byTag.ContainsKey(_first)) _first++;
            return _byTag[_first];
        }
    }

    /// <summary>To be called in the order of sending, before each.</summary>
    public void Add(RelayEntry entry)
    {
        _byTag.Add(_next++, entry);
        _byId.Add(entry.Event!.EventId, entry);
    }

    /// <summary>The broker gives it back; its confirmation follows.</summary>
    public RelayEntry? Return(Guid id)
    {
        if (!_byId.TryGetValue(id, out var entry)) return null;
        entry.IsReturned = true;
        return entry;
    }

    /// <summary>Takes out what an answer is about, in the order of sending.</summary>
    public IEnumerable<RelayEntry> Settle(ulong tag, bool multiple)
    {
        for (var settled = multiple ? _first : tag; settled <= tag; settled++)
        {
            if (!_byTag.Remove(settled, out var entry)) continue;
            _byId.Remove(entry.Event!.EventId);
            yield return entry;
        }

        if (multiple) _first = Math.Max(_first, tag + 1);
    }
}
