using LeadScoring.Contracts;
using Npgsql;

namespace LeadScoring.Host.Jobs;

/// <summary>A job to be made.</summary>
/// <param name="Parameters">JSON.</param>
/// <param name="RequestedBy">The API key's id, or who else.</param>
/// <param name="CreationKey">Null: each request makes another job.</param>
/// <param name="CreationHash">Of the request, to tell a repeat from another one.</param>
public sealed record NewJob(
    string TenantId, string Kind, int? ModelVersion, string Parameters, string RequestedBy, string? CreationKey, byte[] CreationHash);

/// <summary>A job without its result.</summary>
/// <param name="Parameters">JSON.</param>
/// <param name="StartedAt">Of the latest run.</param>
/// <param name="Runs">How often it was begun.</param>
/// <param name="EventsTotal">0: not known.</param>
/// <param name="Failure">Why there is no result, in one sentence.</param>
public sealed record JobRow(
    string TenantId,
    Guid Id,
    string Kind,
    int? ModelVersion,
    string Parameters,
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
    public bool IsFinished => State is JobState.Succeeded or JobState.Failed or JobState.Cancelled;

    /// <summary>Reads the columns every statement on jobs lists in the same order.</summary>
    internal static JobRow Read(NpgsqlDataReader row) => new(
        row.GetString(0),
        row.GetGuid(1),
        row.GetString(2),
        row.IsDBNull(3) ? null : row.GetInt32(3),
        row.GetString(4),
        States[row.GetString(5)],
        row.GetString(6),
        row.GetFieldValue<DateTimeOffset>(7),
        Instant(row, 8),
        Instant(row, 9),
        Instant(row, 10),
        row.GetInt32(11),
        row.GetInt64(12),
        row.GetInt64(13),
        row.GetInt64(14),
        row.GetDouble(15),
        row.IsDBNull(16) ? null : row.GetString(16));

    internal static string TextOf(JobState state) => state switch
    {
        JobState.Queued => "queued",
        JobState.Running => "running",
        JobState.Succeeded => "succeeded",
        JobState.Failed => "failed",
        JobState.Cancelled => "cancelled",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };

    private static readonly Dictionary<string, JobState> States = Enum.GetValues<JobState>().ToDictionary(TextOf);

    private static DateTimeOffset? Instant(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
}
