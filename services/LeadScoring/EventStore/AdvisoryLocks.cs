namespace LeadScoring.EventStore;

/// <summary>The keys of the advisory locks that the store takes; the "LS" prefix keeps off other programs' keys.</summary>
public static class AdvisoryLocks
{
    /// <summary>Shared by every append from before its first sequence number to its commit; exclusive for a log reader.</summary>
    public const long AppendBarrier = 0x4C53_0000_0001;

    /// <summary>Held while one migration is applied.</summary>
    public const long Migration = 0x4C53_0000_0002;

    /// <summary>Held while partitions of the log are made.</summary>
    public const long Partitions = 0x4C53_0000_0003;
}
