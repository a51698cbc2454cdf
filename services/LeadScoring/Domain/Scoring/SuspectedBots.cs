using LeadScoring.Domain.Leads;

namespace LeadScoring.Domain.Scoring;

/// <summary>
/// The engagements of a lead that a model's <see cref="ClickBurst"/> suspects, and from when on. A function of the set of
/// engagements that count: what was retracted neither is suspected nor makes others so, what somebody vouched for is not
/// suspected and still makes others so.
/// </summary>
public sealed class SuspectedBots
{
    private static readonly SuspectedBots None = new([]);

    private readonly Dictionary<(string Source, string Id), DateTimeOffset> _since;

    private SuspectedBots(Dictionary<(string Source, string Id), DateTimeOffset> since) => _since = since;

    public bool IsEmpty => _since.Count == 0;

    public static SuspectedBots Of(EngagementHistory history, ScoringModel model)
    {
        if (model.ClickBurst is not { } burst) return None;
        var clicks = ScoreState.InOrder(history.Counted.Where(e => burst.IsClick(e.Type))).ToList();
        if (clicks.Count == 0) return None;
        var bots = new SuspectedBots([]);
        if (burst.DeliveredType is { } delivered) bots.AddAfterDelivery(clicks, history.Counted.Where(e => e.Type == delivered), burst.DeliveredWithin);
        if (burst.Count is { } count) bots.AddBursts(clicks, count, burst.Within);
        foreach (var click in clicks.Where(history.IsVouchedFor)) bots._since.Remove(KeyOf(click));
        return bots;
    }

    public bool Contains(EngagementRecorded engagement) => _since.Count > 0 && _since.ContainsKey(KeyOf(engagement));

    /// <summary>When what had occurred by then first made it suspect: when it occurred itself, or a moment later; null: never.</summary>
    public DateTimeOffset? Since(EngagementRecorded engagement) =>
        _since.Count > 0 && _since.TryGetValue(KeyOf(engagement), out var since) ? since : null;

    private void AddAfterDelivery(List<EngagementRecorded> clicks, IEnumerable<EngagementRecorded> delivered, TimeSpan within)
    {
        var deliveries = delivered.OrderBy(e => e.OccurredAt).ToList();
        var latestByAsset = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        DateTimeOffset? latest = null;
        DateTimeOffset? latestOfNoAsset = null;
        var next = 0;
        foreach (var click in clicks)
        {
            for (; next < deliveries.Count && deliveries[next].OccurredAt <= click.OccurredAt; next++)
            {
                latest = deliveries[next].OccurredAt;
                if (deliveries[next].Asset is { } asset) latestByAsset[asset] = deliveries[next].OccurredAt;
                else latestOfNoAsset = deliveries[next].OccurredAt;
            }

            var isSuspect = click.Asset is { } clicked
                ? IsClose(latestOfNoAsset) || (latestByAsset.TryGetValue(clicked, out var ofAsset) && IsClose(ofAsset))
                : IsClose(latest);
            if (isSuspect) _since[KeyOf(click)] = click.OccurredAt;

            bool IsClose(DateTimeOffset? deliveredAt) => click.OccurredAt - deliveredAt <= within;
        }
    }

    private void AddBursts(List<EngagementRecorded> clicks, int count, TimeSpan within)
    {
        var unmarked = 0;
        for (var last = count - 1; last < clicks.Count; last++)
        {
            var first = last - count + 1;
            if (clicks[last].OccurredAt - clicks[first].OccurredAt > within) continue;
            for (var i = Math.Max(first, unmarked); i <= last; i++)
            {
                var key = KeyOf(clicks[i]);
                if (!_since.TryGetValue(key, out var since) || clicks[last].OccurredAt < since) _since[key] = clicks[last].OccurredAt;
            }

            unmarked = last + 1;
        }
    }

    private static (string Source, string Id) KeyOf(EngagementRecorded engagement) => (engagement.Source, engagement.Id);
}
