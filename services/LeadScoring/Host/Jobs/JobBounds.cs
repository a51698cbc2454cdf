namespace LeadScoring.Host.Jobs;

/// <summary>What keeps jobs from filling the database or going on for ever.</summary>
public static class JobBounds
{
    /// <summary>Jobs of one tenant that are queued or running.</summary>
    public const int UnfinishedPerTenantMax = 20;

    /// <summary>
    /// Finished jobs kept of one tenant, besides the latest success of each kind and version and the suggestions that versions were
    /// drafted from.
    /// </summary>
    public const int FinishedPerTenantMax = 200;

    /// <summary>Of one result, in UTF-8.</summary>
    public const int ResultBytesMax = 8 << 20;

    /// <summary>How often a job is begun whose runs all end without a word; then it has failed.</summary>
    public const int RunsMax = 5;

    /// <summary>Characters of the sentence that says why there is no result.</summary>
    public const int FailureLengthMax = 500;

    /// <summary>Between two looks for a queued job.</summary>
    public static readonly TimeSpan LookPause = TimeSpan.FromSeconds(1);

    /// <summary>Between two signs of life of a running job, which carry its progress and learn of a cancellation.</summary>
    public static readonly TimeSpan BeatPause = TimeSpan.FromMilliseconds(500);

    /// <summary>A running job without a sign of life for this long is taken over by another instance.</summary>
    public static readonly TimeSpan LeaseMax = TimeSpan.FromSeconds(10);

    /// <summary>Between two attempts to store how a job ended.</summary>
    public static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(500);
}
