namespace LeadScoring.Domain.Leads;

/// <summary>
/// Everything a lead has done, with what was said about it afterwards: a retracted engagement is kept and does not count,
/// one that was restored counts and is genuine whatever a model suspects.
/// </summary>
public sealed class EngagementHistory
{
    private readonly List<EngagementRecorded> _recorded = [];
    private Dictionary<(string Source, string Id), Verdict>? _verdicts;
    private HashSet<Guid>? _told;

    /// <summary>In the order they were recorded, the retracted ones included.</summary>
    public IReadOnlyList<EngagementRecorded> Recorded => _recorded;

    /// <summary>Those that count, in the order they were recorded.</summary>
    public IEnumerable<EngagementRecorded> Counted => _verdicts is null ? _recorded : _recorded.Where(e => !IsRetracted(e));

    /// <summary>Whether anything was ever retracted or restored.</summary>
    public bool HasVerdicts => _verdicts is not null;

    public static EngagementHistory Of(IEnumerable<LeadEvent> events)
    {
        var history = new EngagementHistory();
        foreach (var fact in events) history.Add(fact);
        return history;
    }

    public EngagementHistory Copy()
    {
        var copy = new EngagementHistory { _verdicts = _verdicts is null ? null : new(_verdicts), _told = _told is null ? null : [.. _told] };
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

    public bool IsRetracted(EngagementRecorded engagement) => VerdictOn(engagement) is { Counts: false };

    /// <summary>Somebody said that it is genuine.</summary>
    public bool IsVouchedFor(EngagementRecorded engagement) => VerdictOn(engagement) is { Counts: true };

    /// <summary>Whether a retraction or restoration has spoken of it already, whatever was said since.</summary>
    public bool WasJudgedBy(EngagementRecorded engagement, Guid id) => VerdictOn(engagement)?.By.Contains(id) ?? false;

    /// <summary>The retraction that holds; null: it is not retracted.</summary>
    public Guid? RetractedBy(EngagementRecorded engagement) => VerdictOn(engagement) is { Counts: false } verdict ? verdict.By[^1] : null;

    /// <summary>Whether this retraction holds, and was made then or later.</summary>
    public bool IsRetractedSince(EngagementRecorded engagement, Guid by, DateTimeOffset since) =>
        VerdictOn(engagement) is { Counts: false } verdict && verdict.By[^1] == by && verdict.At >= since;

    /// <summary>Whether sales was told of this retraction.</summary>
    public bool IsTold(Guid retractionId) => _told?.Contains(retractionId) ?? false;

    private Verdict? VerdictOn(EngagementRecorded engagement) => _verdicts?.GetValueOrDefault((engagement.Source, engagement.Id));

    private void Say(string source, string id, bool counts, Guid by, DateTimeOffset at)
    {
        _verdicts ??= [];
        var before = _verdicts.GetValueOrDefault((source, id));
        _verdicts[(source, id)] = new(counts, before is null ? [by] : [.. before.By, by], at);
    }

    /// <param name="Counts">What was said last.</param>
    /// <param name="By">The retractions and restorations that spoke of it, in order.</param>
    /// <param name="At">When the last of them did.</param>
    private sealed record Verdict(bool Counts, IReadOnlyList<Guid> By, DateTimeOffset At);
}
