using LeadScoring.Contracts;
using Npgsql;

namespace LeadScoring.Host.Jobs;

/// <summary>A job to be made.</summary>
/// <param name="ModelId">Version and fingerprint of the document it is about; null: of none.</param>
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
    string Request,
    string Parameters,
    string RequestedBy,
    string? CreationKey,
    byte[] CreationHash);

/// <summary>A job without what it works on and its result.</summary>
/// <param name="Request">JSON.</param>
/// <param name="StartedAt">Of the latest run.</param>
/// <param name="Runs">How often it was begun.</param>
/// <param name="EventsTotal">0: not known.</param>
/// <param name="Failure">Why there is no result, in one sentence.</param>
public sealed record JobRow(
    string TenantId,
    Guid Id,
    string Kind,
    int? ModelVersion,
    string? ModelId,
    string Request,
    JobState State,
    string RequestedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt,
    DateTimeOffset? CancelRequestedAt,
    int Runs,
    long Events,
    long EventsTotal,
    long Leads,
    double EventsPerSecond,
    string? Failure)
{
    private static readonly Dictionary<string, JobState> States = Enum.GetValues<JobState>().ToDictionary(TextOf);

    public bool IsFinished => State is JobState.Succeeded or JobState.Failed or JobState.Cancelled;

    /// <summary>Reads the columns every statement on jobs lists in the same order.</summary>
    internal static JobRow Read(NpgsqlDataReader row) => new(
        row.GetString(0),
        row.GetGuid(1),
        row.GetString(2),
        row.IsDBNull(3) ? null : row.GetInt32(3),
        row.IsDBNull(4) ? null : row.GetString(4),
        row.GetString(5),
        States[row.GetString(6)],
        row.GetString(7),
        row.GetFieldValue<DateTimeOffset>(8),
        Instant(row, 9),
        Instant(row, 10),
        Instant(row, 11),
        row.GetInt32(12),
        row.GetInt64(13),
        row.GetInt64(14),
        row.GetInt64(15),
        row.GetDouble(16),
        row.IsDBNull(17) ? null : row.GetString(17));

    /// <summary>What is shown of its progress.</summary>
    internal JobProgress Progress => new(
        Events,
        EventsTotal > 0 ? EventsTotal : null,
        Leads,
        Math.Round(EventsPerSecond, 1),
        State == JobState.Running && EventsPerSecond > 0 && EventsTotal > 0
            ? (long)Math.Ceiling(Math.Max(0, EventsTotal - Events) / EventsPerSecond)
            : null);

    internal static JobState StateOf(string text) => States[text];

    internal static string TextOf(JobState state) => state switch
    {
        JobState.Queued => "queued",
        JobState.Running => "running",
        JobState.Succeeded => "succeeded",
        JobState.Failed => "failed",
        JobState.Cancelled => "cancelled",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };

    private static DateTimeOffset? Instant(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
}
