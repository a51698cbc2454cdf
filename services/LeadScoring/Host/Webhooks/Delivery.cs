using LeadScoring.Host.Feed;

namespace LeadScoring.Host.Webhooks;

/// <summary>One event on its way to one subscription, until it is delivered or given up. Touched by the dispatch's loop alone.</summary>
internal sealed class Delivery(long position, Guid subject)
{
    public long Position { get; } = position;

    /// <summary>What it must stay in order with.</summary>
    public Guid Subject { get; } = subject;

    /// <summary>Null: not in memory.</summary>
    public FeedEntry? Event { get; set; }

    /// <summary>Made so far.</summary>
    public int Attempts { get; set; }

    public DateTimeOffset DueAt { get; set; }

    /// <summary>The endpoint asked for <see cref="DueAt"/>: it is not made due earlier because others succeed.</summary>
    public bool IsAskedFor { get; set; }

    /// <summary>It failed, or waits for one that did: a row says so, or soon will, and its body is not kept.</summary>
    public bool IsHeld { get; set; }

    /// <summary>Being sent, or its body being read for that.</summary>
    public bool IsUnderWay { get; set; }
}
