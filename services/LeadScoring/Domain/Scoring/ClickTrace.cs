using LeadScoring.Domain.Leads;

namespace LeadScoring.Domain.Scoring;

/// <param name="Ticks">UTC ticks at which it occurred.</param>
/// <param name="IsSettled">It is suspected, or somebody vouched for it: no further arrival changes what it is worth.</param>
public readonly record struct TracedClick(long Ticks, bool IsSettled);

/// <summary>What an arrival is, as far as a trace can tell.</summary>
internal enum ClickStanding
{
    /// <summary>It counts, and makes no other suspect.</summary>
    Counts,

    /// <summary>It is suspected, and changes nothing of the others.</summary>
    Suspected,

    /// <summary>Only the history can tell.</summary>
    Unknown,
}

/// <summary>The latest clicks of a lead, and when the latest message was delivered: what tells that an arrival may be a bot's.</summary>
/// <param name="Clicks">Ascending, at most <see cref="ClickBurst.ClicksKept"/>.</param>
/// <param name="DeliveredTicks">Null: none was, or the model does not look at deliveries.</param>
public sealed record ClickTrace(IReadOnlyList<TracedClick> Clicks, long? DeliveredTicks)
{
    public static readonly ClickTrace Empty = new([], null);

    public bool Equals(ClickTrace? other) =>
        other is not null && DeliveredTicks == other.DeliveredTicks && Clicks.SequenceEqual(other.Clicks);

    public override int GetHashCode() => HashCode.Combine(DeliveredTicks, Clicks.Count);

    internal ClickStanding Judge(EngagementRecorded arrival, ClickBurst burst)
    {
        var at = arrival.OccurredAt.UtcTicks;
        return burst.IsClick(arrival.Type) ? JudgeClick(at, burst) : JudgeDelivery(at, burst);
    }

    /// <summary>With an engagement that is a click or a delivery.</summary>
    internal ClickTrace With(EngagementRecorded engagement, bool isSettled, ClickBurst burst)
    {
        var ticks = engagement.OccurredAt.UtcTicks;
        if (!burst.IsClick(engagement.Type)) return this with { DeliveredTicks = DeliveredTicks > ticks ? DeliveredTicks : ticks };
        var click = new TracedClick(ticks, isSettled);
        var place = Clicks.Count;
        while (place > 0 && IsBefore(click, Clicks[place - 1])) place--;
        var dropped = Clicks.Count < burst.ClicksKept ? 0 : 1;
        if (place < dropped) return this;
        var kept = new TracedClick[Clicks.Count + 1 - dropped];
        for (var i = dropped; i < place; i++) kept[i - dropped] = Clicks[i];
        kept[place - dropped] = click;
        for (var i = place; i < Clicks.Count; i++) kept[i + 1 - dropped] = Clicks[i];
        return this with { Clicks = kept };
    }

    private ClickStanding JudgeClick(long at, ClickBurst burst)
    {
        // With fewer than are kept, all clicks there are do not make a burst of this one.
        if (burst.Count is not null && Clicks.Count == burst.ClicksKept && at - Clicks[0].Ticks <= burst.Within.Ticks)
        {
            return at >= Clicks[^1].Ticks && AreSettled(from: 0, upTo: Clicks.Count - 1) ? ClickStanding.Suspected : ClickStanding.Unknown;
        }

        return DeliveredTicks is null || at - DeliveredTicks > burst.DeliveredWithin.Ticks ? ClickStanding.Counts : ClickStanding.Unknown;
    }

    private ClickStanding JudgeDelivery(long at, ClickBurst burst)
    {
        var first = Clicks.Count;
        while (first > 0 && Clicks[first - 1].Ticks >= at) first--;
        var mayBeMore = first == 0 && Clicks.Count == burst.ClicksKept;
        var last = first - 1;
        while (last + 1 < Clicks.Count && Clicks[last + 1].Ticks - at <= burst.DeliveredWithin.Ticks) last++;
        return mayBeMore || !AreSettled(first, last) ? ClickStanding.Unknown : ClickStanding.Counts;
    }

    private bool AreSettled(int from, int upTo)
    {
        for (var i = from; i <= upTo; i++)
        {
            if (!Clicks[i].IsSettled) return false;
        }

        return true;
    }

    private static bool IsBefore(TracedClick a, TracedClick b) =>
        a.Ticks != b.Ticks ? a.Ticks < b.Ticks : !a.IsSettled && b.IsSettled;
}
