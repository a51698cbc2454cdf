using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Domain;
using LeadScoring.EventStore.Events;
using LeadScoring.Host.Http;
using LeadScoring.Host.Jobs;

namespace LeadScoring.Host.Scoring.Suggestions;

/// <summary>What a suggestion works on: kept as it was when it was asked for, since a draft may be edited meanwhile.</summary>
/// <param name="Document">Of the version whose rules are weighed, JSON.</param>
public sealed record SuggestionParameters(SuggestionRequest Request, string Document);

/// <summary>A suggestion as a job.</summary>
public sealed class SuggestionJob(SuggestionRun suggestion)
{
    public const string Kind = "suggestion";

    public async Task<string> RunAsync(JobRun run, CancellationToken ct)
    {
        var parameters = JsonSerializer.Deserialize(run.Parameters, SuggestionJson.Default.SuggestionParameters)!;
        try
        {
            var result = await suggestion.RunAsync(run.TenantId, run.Id, parameters.Document, parameters.Request, run.Progress, run.Pace, ct);
            return JsonSerializer.Serialize(result, WireJson.Default.SuggestionResult);
        }
        catch (Exception e) when (e is RuleViolation or UnreadableEventException)
        {
            throw new JobFailed(e.Message);
        }
    }
}
