using LeadScoring.Host.Feed;

namespace LeadScoring.Host.Broker;

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

    /// <summary>The broker has given it back; its confirmation, which follows, then means nothing.</summary>
    public bool IsReturned { get; set; }

    public void Confirm() => Event = null;
}
