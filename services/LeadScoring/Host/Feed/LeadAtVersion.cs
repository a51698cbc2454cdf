using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Host.Feed;

/// <summary>
/// A lead while its stream is read from the beginning: what it was at each version, whatever became of it later. Its score is
/// left out: what was judged stands in the events, and nothing else of a lead depends on a model.
/// </summary>
internal sealed class LeadAtVersion(Guid leadId)
{
    /// <summary>Engagements a handoff tells of one by one.</summary>
    public const int LatestMax = 20;

    private readonly List<EngagementRecorded> _latest = [];

    public Lead Lead { get; private set; } = Lead.New(leadId, ScoringModelDocument.Default);

    /// <summary>By when they occurred, latest first; those recorded later before others of the same instant.</summary>
    public IReadOnlyList<EngagementRecorded> Latest => _latest;

    /// <summary>What occurred first; null: nothing did, or engagements were not read.</summary>
    public EngagementRecorded? First { get; private set; }

    public void Take(LeadEvent fact)
    {
        if (fact is EngagementRecorded engagement) Take(engagement);
        else Lead = Lead.Evolve(fact, ScoringModelDocument.Default);
    }

    private void Take(EngagementRecorded engagement)
    {
        if (First is null || engagement.OccurredAt < First.OccurredAt) First = engagement;
        var place = _latest.FindIndex(e => e.OccurredAt <= engagement.OccurredAt);
        if (place < 0) place = _latest.Count;
        if (place == LatestMax) return;
        if (_latest.Count == LatestMax) _latest.RemoveAt(LatestMax - 1);
        _latest.Insert(place, engagement);
    }
}
