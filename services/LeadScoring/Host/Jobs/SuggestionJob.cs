using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Domain;
using LeadScoring.EventStore.Events;
using LeadScoring.Host.Http;
using LeadScoring.Host.Scoring.Suggestions;

namespace LeadScoring.Host.Jobs;

/// <summary>A suggestion as a job.</summary>
public sealed class SuggestionJob(SuggestionRun suggestion)
{
    public const string Kind = "suggestion";

    public async Task<string> RunAsync(JobRun run, CancellationToken ct)
    {
        var request = JsonSerializer.Deserialize(run.Parameters, JobJson.Default.SuggestionRequest)!;
        try
        {
            var result = await suggestion.RunAsync(run.TenantId, request, run.Progress, run.Pace, ct);
            return JsonSerializer.Serialize(result, WireJson.Default.SuggestionResult);
        }
        catch (Exception e) when (e is RuleViolation or UnreadableEventException)
        {
            throw new JobFailed(e.Message);
        }
    }
}
