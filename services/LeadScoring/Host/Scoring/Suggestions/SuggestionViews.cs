using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Http;
using LeadScoring.Host.Jobs;

namespace LeadScoring.Host.Scoring.Suggestions;

/// <summary>Suggestions as they are shown.</summary>
internal static class SuggestionViews
{
    public static Refusal NotFound { get; } = new(404, "suggestion_not_found", "There is no such suggestion in this tenant.");

    /// <summary>Without its result.</summary>
    public static SuggestionView View(Job job) => new(
        job.Id,
        JsonSerializer.Deserialize(job.Request, SuggestionJson.Default.SuggestionRequest)!,
        job.State,
        job.Progress,
        job.RequestedBy,
        job.CreatedAt,
        job.StartedAt,
        job.FinishedAt,
        job.CancelRequestedAt,
        job.Failure,
        Result: null);

    public static byte[] Bytes(Job job) => JsonSerializer.SerializeToUtf8Bytes(View(job), WireJson.Default.SuggestionView);
}
