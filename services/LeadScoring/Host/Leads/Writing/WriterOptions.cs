namespace LeadScoring.Host.Leads.Writing;

/// <summary>Bounds of the write path, from configuration section <c>Writer</c>.</summary>
public sealed class WriterOptions
{
    /// <summary>Commands waiting or being written, all requests together; beyond it the answer is 503.</summary>
    public int QueueMax { get; set; } = 20_000;

    /// <summary>Commands that share one commit.</summary>
    public int BatchMax { get; set; } = 500;

    /// <summary>Bytes of event bodies that share one commit; a single larger command goes alone.</summary>
    public int BatchBytesMax { get; set; } = 1024 * 1024;

    /// <summary>How long a request waits for its commit before it is told that the outcome is not known.</summary>
    public int AnswerWithinMs { get; set; } = 15_000;

    /// <summary>Longest pause between attempts while the database is away.</summary>
    public int RetryDelayMsMax { get; set; } = 1_000;

    /// <summary>Whether rounds are stored by Marten's own appends and projection alone; slower, and the same.</summary>
    public bool Plain { get; set; }

    /// <summary>Leads kept in memory between rounds; 0 keeps none. A lead takes about 3 kB.</summary>
    public int CachedLeadsMax { get; set; } = 20_000;
}
