using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Backtests;
using LeadScoring.Host.Http;
using LeadScoring.Host.Jobs;
using LeadScoring.Host.Scoring.Models;

namespace LeadScoring.Host.Scoring.Suggestions;

/// <summary><c>GET /v1/scoring-models/suggestions/{suggestionId}</c>: how far it is, and what it suggests.</summary>
public static class GetSuggestion
{
    public static void MapGetSuggestion(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-models/suggestions/{suggestionId:guid}", HandleAsync)
        .RequireScope(ModelRules.Readers)
        .WithName("GetSuggestion")
        .WithTags(BacktestRules.OpenApiTag)
        .WithSummary("Look at a suggestion")
        .WithDescription("Its progress while it runs, about a second old; once it has succeeded, the draft it made and the evidence, or why it made none.")
        .Produces<SuggestionView>()
        .ProducesRefusal(404);

    private static async Task<IResult> HandleAsync(HttpContext http, Guid suggestionId, JobStore jobs, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        if (await jobs.FindAsync(tenantId, SuggestionJob.Kind, suggestionId, modelVersion: null, ct) is not { } job)
        {
            return SuggestionViews.NotFound.ToResult();
        }

        var result = job.State == JobState.Succeeded ? await jobs.ResultAsync(tenantId, suggestionId, ct) : null;
        return JobAnswers.With(SuggestionViews.Bytes(job), "result", result);
    }
}
