namespace LeadScoring.Domain.Leads;

/// <summary>
/// Everything a lead has done, with what was said about it afterwards: a retracted engagement is kept and does not count,
/// one that was restored counts and is genuine whatever a model suspects.
/// </summary>
public sealed class EngagementHistory
{
    private readonly List<EngagementRecorded> _recorded = [];
    private Dictionary<(string Source, string Id), Standing>? _standings;
    private HashSet<Guid>? _told;

    /// <summary>In the order they were recorded, the retracted ones included.</summary>
    public IReadOnlyList<EngagementRecorded> Recorded => _recorded;

    /// <summary>Those that count, in the order they were recorded.</summary>
    public IEnumerable<EngagementRecorded> Counted => _standings is null ? _recorded : _recorded.Where(e => !IsRetracted(e));

    /// <summary>Whether anything was ever retracted or restored.</summary>
    public bool HasRetractions => _standings is not null;

    public static EngagementHistory Of(IEnumerable<LeadEvent> events)
    {
        var history = new EngagementHistory();
        foreach (var fact in events) history.Add(fact);
        return history;
    }

    public EngagementHistory Copy()
    {
        var copy = new EngagementHistory { _standings = _standings is null ? null : new(_standings), _told = _told is null ? null : [.. _told] };
        copy._recorded.AddRange(_recorded);
        return copy;
    }

    /// <summary>Events that are no engagements and say nothing about one are passed over.</summary>
    public void Add(LeadEvent fact)
    {
        switch (fact)
        {
            case EngagementRecorded e: _recorded.Add(e); break;
            case EngagementRetracted e: Say(e.Source, e.Id, counts: false, e.RetractionId, e.At); break;
            case EngagementRestored e: Say(e.Source, e.Id, counts: true, e.RestorationId, e.At); break;
            case EvidenceRetracted e: (_told ??= []).Add(e.RetractionId); break;
        }
    }

    public bool IsRetracted(EngagementRecorded engagement) => StandingOf(engagement) is { Counts: false };

    /// <summary>Somebody said that it is genuine.</summary>
    public bool IsVouchedFor(EngagementRecorded engagement) => StandingOf(engagement) is { Counts: true };

    /// <summary>Whether a retraction or restoration has spoken of it already, whatever was said since.</summary>
    public bool WasJudgedBy(EngagementRecorded engagement, Guid id) => StandingOf(engagement)?.By.Contains(id) ?? false;

    /// <summary>The retraction that holds; null: it is not retracted.</summary>
    public Guid? RetractedBy(EngagementRecorded engagement) => StandingOf(engagement) is { Counts: false } standing ? standing.By[^1] : null;

    /// <summary>Whether this retraction holds, and was made then or later.</summary>
    public bool IsRetractedSince(EngagementRecorded engagement, Guid by, DateTimeOffset since) =>
        StandingOf(engagement) is { Counts: false } standing && standing.By[^1] == by && standing.At >= since;

    /// <summary>Whether sales was told of this retraction.</summary>
    public bool IsTold(Guid retractionId) => _told?.Contains(retractionId) ?? false;

    private Standing? StandingOf(EngagementRecorded engagement) => _standings?.GetValueOrDefault((engagement.Source, engagement.Id));

    private void Say(string source, string id, bool counts, Guid by, DateTimeOffset at)
    {
        _standings ??= [];
        var before = _standings.GetValueOrDefault((source, id));
        _standings[(source, id)] = new(counts, before is null ? [by] : [.. before.By, by], at);
    }

    /// <param name="Counts">What was said last.</param>
    /// <param name="By">The retractions and restorations that spoke of it, in order.</param>
    /// <param name="At">When the last of them did.</param>
    private sealed record Standing(bool Counts, IReadOnlyList<Guid> By, DateTimeOffset At);
}
