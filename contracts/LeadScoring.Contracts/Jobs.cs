using System.Text.Json.Serialization;

namespace LeadScoring.Contracts;

/// <summary>How far a job is.</summary>
[JsonConverter(typeof(SnakeCaseEnum<JobState>))]
public enum JobState
{
    /// <summary>It waits for an instance to take it.</summary>
    Queued,

    /// <summary>An instance works on it. If that instance ends, another one begins again.</summary>
    Running,

    /// <summary>Its result is there.</summary>
    Succeeded,

    /// <summary>It has no result; <c>failure</c> says why.</summary>
    Failed,

    /// <summary>Somebody asked for it to end.</summary>
    Cancelled,
}

/// <summary>How much of the work is done; about a second old.</summary>
/// <param name="Events">Events read so far.</param>
/// <param name="EventsTotal">About how many there are to read; absent: not known yet.</param>
/// <param name="Leads">Leads met so far.</param>
/// <param name="EventsPerSecond">Since the work began.</param>
/// <param name="EtaSeconds">About how long it will go on at this speed; absent: not known, or not running.</param>
public sealed record JobProgress(long Events, long? EventsTotal, long Leads, double EventsPerSecond, long? EtaSeconds);

/// <summary>A backtest that was asked for, and what came of it. It can be looked at until 200 others of the tenant have finished after it.</summary>
/// <param name="Version">The version tried.</param>
/// <param name="ModelId">Version and fingerprint of the document tried: a draft may have been edited since.</param>
/// <param name="Against">The version compared with.</param>
/// <param name="Request">As it is run: what was left open when it was asked for stands here as it was settled then.</param>
/// <param name="RequestedBy">The id of the API key, or <c>console</c>.</param>
/// <param name="StartedAt">When it was last begun; absent: not yet.</param>
/// <param name="CancelRequestedAt">Absent: nobody asked for it to end.</param>
/// <param name="Failure">Why there is no report, in one sentence; absent unless it failed.</param>
/// <param name="Report">Absent unless it succeeded, and in lists.</param>
public sealed record BacktestView(
    Guid Id,
    int Version,
    string ModelId,
    int Against,
    BacktestRequest Request,
    JobState State,
    JobProgress Progress,
    string RequestedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt,
    DateTimeOffset? CancelRequestedAt,
    string? Failure,
    BacktestReport? Report);

/// <param name="Backtests">The newest first, without their reports.</param>
/// <param name="NextCursor">Absent on the last page.</param>
public sealed record BacktestPage(IReadOnlyList<BacktestView> Backtests, string? NextCursor);

/// <summary>Two finished backtests side by side.</summary>
/// <param name="Measures">Always the same ones in the same order.</param>
/// <param name="Notes">Why the figures may not be comparable: other periods, log positions, or models compared with.</param>
public sealed record BacktestComparison(
    ComparedBacktest First, ComparedBacktest Second, IReadOnlyList<ComparedMeasure> Measures, IReadOnlyList<string> Notes);

/// <param name="UpTo">The last log position that was read.</param>
public sealed record ComparedBacktest(Guid Id, int Version, string ModelId, int Against, BacktestPeriod Period, long UpTo);

/// <summary>One figure of the versions tried.</summary>
/// <param name="Measure">A code such as <c>accepted_precision</c>.</param>
/// <param name="First">Absent where the report has no such figure.</param>
/// <param name="Second">Absent where the report has no such figure.</param>
/// <param name="Difference">Second less first; absent unless there are both.</param>
public sealed record ComparedMeasure(string Measure, double? First, double? Second, double? Difference);

/// <summary>What activating a version would do, as a backtest of its present document tells: one against the
/// version that holds before any other, then the one that read furthest.</summary>
/// <param name="UpTo">The last log position that was read.</param>
/// <param name="Against">The version compared with.</param>
/// <param name="AgainstIsActive">False: another version holds by now, so a fresh backtest tells more.</param>
/// <param name="AgeSeconds">Since the instant the figures are of, <c>activation.asOf</c>: what happened meanwhile is not in them.</param>
public sealed record ActivationPreview(
    int Version,
    string ModelId,
    Guid BacktestId,
    DateTimeOffset FinishedAt,
    long AgeSeconds,
    long UpTo,
    int Against,
    bool AgainstIsActive,
    BacktestActivation Activation);

/// <summary>
/// A suggestion that was asked for, and what came of it. It is kept like a backtest, and for as long as there is the version that was drafted from it.
/// </summary>
/// <param name="Request">As it is run: what was left open when it was asked for stands here as it was settled then.</param>
/// <param name="RequestedBy">The id of the API key, or <c>console</c>.</param>
/// <param name="StartedAt">When it was last begun; absent: not yet.</param>
/// <param name="CancelRequestedAt">Absent: nobody asked for it to end.</param>
/// <param name="Failure">Why there is no result, in one sentence; absent unless it failed.</param>
/// <param name="Result">
/// Absent unless it succeeded. Too little data is a success: <c>refused</c> and <c>refusedBecause</c> say what is missing, and no draft is made.
/// </param>
public sealed record SuggestionView(
    Guid Id,
    SuggestionRequest Request,
    JobState State,
    JobProgress Progress,
    string RequestedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt,
    DateTimeOffset? CancelRequestedAt,
    string? Failure,
    SuggestionResult? Result);

/// <param name="Suggestions">The newest first, without their results.</param>
/// <param name="NextCursor">Absent on the last page.</param>
public sealed record SuggestionPage(IReadOnlyList<SuggestionView> Suggestions, string? NextCursor);
