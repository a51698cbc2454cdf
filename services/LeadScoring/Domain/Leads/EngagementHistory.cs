namespace LeadScoring.Domain.Leads;

/// <summary>
/// Everything a lead has done, with what was said about it afterwards: a retracted engagement is kept and does not count,
/// one that was restored counts and is genuine whatever a model suspects.
/// </summary>
public sealed class EngagementHistory
{
    private readonly List<EngagementRecorded> _recorded = [];
    private Dictionary<(string Source, string Id), bool>? _countsBy;

    /// <summary>In the order they were recorded, the retracted ones included.</summary>
    public IReadOnlyList<EngagementRecorded> Recorded => _recorded;

    /// <summary>Those that count, in the order they were recorded.</summary>
    public IEnumerable<EngagementRecorded> Counted => _countsBy is null ? _recorded : _recorded.Where(e => !IsRetracted(e));

    /// <summary>Whether anything was ever retracted or restored.</summary>
    public bool HasVerdicts => _countsBy is not null;

    public static EngagementHistory Of(IEnumerable<LeadEvent> events)
    {
        var history = new EngagementHistory();
        foreach (var fact in events) history.Add(fact);
        return history;
    }

    public EngagementHistory Copy()
    {
        var copy = new EngagementHistory { _countsBy = _countsBy is null ? null : new(_countsBy) };
        copy._recorded.AddRange(_recorded);
        return copy;
    }

    /// <summary>Events that are no engagements and say nothing about one are passed over.</summary>
    public void Add(LeadEvent fact)
    {
        switch (fact)
        {
            case EngagementRecorded e: _recorded.Add(e); break;
            case EngagementRetracted e: (_countsBy ??= [])[(e.Source, e.Id)] = false; break;
            case EngagementRestored e: (_countsBy ??= [])[(e.Source, e.Id)] = true; break;
        }
    }

    public bool IsRetracted(EngagementRecorded engagement) =>
        _countsBy is not null && _countsBy.TryGetValue((engagement.Source, engagement.Id), out var counts) && !counts;

    /// <summary>Somebody said that it is genuine.</summary>
    public bool IsVouchedFor(EngagementRecorded engagement) =>
        _countsBy is not null && _countsBy.TryGetValue((engagement.Source, engagement.Id), out var counts) && counts;
}
