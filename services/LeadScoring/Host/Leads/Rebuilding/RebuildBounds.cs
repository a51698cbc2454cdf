namespace LeadScoring.Host.Leads.Rebuilding;

/// <summary>What work on the whole log may take. Values out of their ranges are refused.</summary>
public sealed record RebuildBounds
{
    /// <summary>More would take the machine from the service it shares it with.</summary>
    public const int WorkersMax = 2;

    /// <summary>Shards at most, whatever the number of leads: each one reads the log's index from end to end.</summary>
    public const int ShardsMax = 1 << 16;

    /// <summary>
    /// Leads a worker keeps in memory at a time, 5 to 8 KB each with the collector's slack. 1 or more. With more leads the log is
    /// read in more passes.
    /// </summary>
    public int LeadsPerShardMax { get; init => field = AtLeast(1, value); } = 100_000;

    /// <summary>Events that may be left for the moment in which the table is swapped and its users wait. 1 or more.</summary>
    public int SwapEventsMax { get; init => field = AtLeast(1, value); } = 2_000;

    private static int AtLeast(int min, int value) =>
        value >= min ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"The bound must be {min} or more.");
}
