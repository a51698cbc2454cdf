using JasperFx;
using LeadScoring.Contracts;

namespace LeadScoring.Host.Jobs;

/// <summary>A job to be made.</summary>
/// <param name="ModelVersion">Null: the work is about no single version.</param>
/// <param name="ModelId">Version and fingerprint of the document it is about; null: of none.</param>
/// <param name="Against">The version it is held against; null: none.</param>
/// <param name="UpTo">The last log position it looks at.</param>
/// <param name="Request">JSON, as it is shown.</param>
/// <param name="Parameters">JSON: everything the work depends on besides the log.</param>
/// <param name="RequestedBy">The API key's id, or who else.</param>
/// <param name="CreationKey">Null: each request makes another job.</param>
/// <param name="CreationHash">Of the request, to tell a repeat from another one.</param>
public sealed record NewJob(
    string TenantId,
    string Kind,
    int? ModelVersion,
    string? ModelId,
    int? Against,
    long UpTo,
    string Request,
    string Parameters,
    string RequestedBy,
    string? CreationKey,
    byte[] CreationHash);

/// <summary>
/// Long work, done by whichever instance takes it. What it works on and its result are documents of their own, as its signs of life
/// rewrite this one.
/// </summary>
public sealed record Job : IRevisioned
{
    public required Guid Id { get; init; }

    public required string TenantId { get; set; }

    public required string Kind { get; init; }

    /// <inheritdoc cref="NewJob(string, string, int?, string?, int?, long, string, string, string, string?, byte[])"/>
    public int? ModelVersion { get; init; }

    public string? ModelId { get; init; }

    public int? Against { get; init; }

    public long UpTo { get; init; }

    /// <summary>JSON, as it is shown.</summary>
    public required string Request { get; init; }

    public JobState State { get; init; }

    public required string RequestedBy { get; init; }

    public string? CreationKey { get; init; }

    public required byte[] CreationHash { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Of the latest run.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public DateTimeOffset? CancelRequestedAt { get; init; }

    /// <summary>How often it was begun; being stopped with the instance does not count.</summary>
    public int Runs { get; init; }

    /// <summary>Whoever took it last, who alone may change it while it runs.</summary>
    public Guid? RunId { get; init; }

    public long Events { get; init; }

    /// <summary>0: not known.</summary>
    public long EventsTotal { get; init; }

    public long Leads { get; init; }

    public double EventsPerSecond { get; init; }

    /// <summary>Why there is no result, in one sentence.</summary>
    public string? Failure { get; init; }

    public int Version { get; set; }

    internal static JobProgress NothingDone { get; } = new(Events: 0, EventsTotal: null, Leads: 0, EventsPerSecond: 0, EtaSeconds: null);

    public bool IsFinished => State is JobState.Succeeded or JobState.Failed or JobState.Cancelled;

    /// <summary>What is shown of its progress.</summary>
    internal JobProgress Progress => new(
        Events,
        EventsTotal > 0 ? EventsTotal : null,
        Leads,
        Math.Round(EventsPerSecond, 1),
        State == JobState.Running && EventsPerSecond > 0 && EventsTotal > 0
            ? (long)Math.Ceiling(Math.Max(0, EventsTotal - Events) / EventsPerSecond)
            : null);

    /// <summary>By another run, from its beginning.</summary>
    internal Job Begun(Guid runId, DateTimeOffset now) =>
        With(NothingDone) with { State = JobState.Running, RunId = runId, Runs = Runs + 1, StartedAt = now };

    internal Job With(JobProgress progress) => this with
    {
        Events = progress.Events, EventsTotal = progress.EventsTotal ?? 0, Leads = progress.Leads, EventsPerSecond = progress.EventsPerSecond,
    };

    internal static string TextOf(JobState state) => state switch
    {
        JobState.Queued => "queued",
        JobState.Running => "running",
        JobState.Succeeded => "succeeded",
        JobState.Failed => "failed",
        JobState.Cancelled => "cancelled",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };
}

/// <param name="Id">The job's.</param>
/// <param name="Json">As it was given when the job was made.</param>
public sealed record JobParameters(Guid Id, string Json);

/// <summary>What came of a job that succeeded, byte for byte.</summary>
/// <param name="Id">The job's.</param>
public sealed record JobResult(Guid Id, string Json);

/// <summary>What keeps jobs from filling the database or going on for ever.</summary>
public static class JobBounds
{
    /// <summary>Jobs of one tenant that are queued or running.</summary>
    public const int UnfinishedPerTenantMax = 20;

    /// <summary>
    /// Finished jobs kept of one tenant, besides the success of each kind, version and other version that looked furthest, and the
    /// suggestions that versions were drafted from.
    /// </summary>
    public const int FinishedPerTenantMax = 200;

    /// <summary>Of one result, in UTF-8.</summary>
    public const int ResultBytesMax = 8 << 20;

    internal static readonly string ResultTooLarge = $"Its result is larger than {ResultBytesMax >> 20} MiB, the most that is kept.";

    /// <summary>How often a job is begun whose runs all end without a word; then it has failed.</summary>
    public const int RunsMax = 3;

    /// <summary>Of this instance that are begun and not over: each holds what it has read so far, up to some hundred MB.</summary>
    public const int RunsAtOnceMax = 2;

    /// <summary>Characters of the sentence that says why there is no result.</summary>
    public const int FailureLengthMax = 500;

    /// <summary>Between two signs of life of a running job, which carry its progress and learn of a cancellation.</summary>
    public static readonly TimeSpan BeatPause = TimeSpan.FromMilliseconds(500);

    /// <summary>After which a run that gets no turn gives up: the job goes on elsewhere.</summary>
    public static readonly TimeSpan IdleMax = TimeSpan.FromMinutes(10);

    /// <summary>How long a run that was told to end is waited for.</summary>
    public static readonly TimeSpan EndingMax = TimeSpan.FromSeconds(3);

    /// <summary>Before it is looked again whether one more run may begin.</summary>
    public static readonly TimeSpan SlotPause = TimeSpan.FromMilliseconds(500);
}
