namespace LeadScoring.Host.Webhooks;

public enum AttemptResult
{
    /// <summary>2xx.</summary>
    Delivered,

    Failed,

    /// <summary>410: the endpoint wants nothing more.</summary>
    Gone,
}

/// <summary>How one request ended.</summary>
/// <param name="At">When it was sent.</param>
/// <param name="LatencyMs">To the answer's head, or to the failure.</param>
/// <param name="StatusCode">Null: there was no answer.</param>
/// <param name="Answer">The beginning of the answer's body; null: none.</param>
/// <param name="Error">Why it failed; holds no part of the URL.</param>
/// <param name="RetryAfterSeconds">For how long the endpoint wants to be left alone.</param>
public sealed record AttemptOutcome(
    AttemptResult Result, DateTimeOffset At, int LatencyMs, int? StatusCode, string? Answer, string? Error, int? RetryAfterSeconds);
