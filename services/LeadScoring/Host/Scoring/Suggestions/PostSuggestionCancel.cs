using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Backtests;
using LeadScoring.Host.Http;
using LeadScoring.Host.Jobs;

namespace LeadScoring.Host.Scoring.Suggestions;

/// <summary><c>POST /v1/scoring-models/suggestions/{suggestionId}/cancel</c>: it need not be finished.</summary>
public static class PostSuggestionCancel
{
    public static void MapPostSuggestionCancel(this IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/scoring-models/suggestions/{suggestionId:guid}/cancel", HandleAsync)
        .RequireScope(Scopes.ModelsWrite)
        .WithName("PostSuggestionCancel")
        .WithTags(BacktestRules.OpenApiTag)
        .WithSummary("Cancel a suggestion")
        .WithDescription("A queued one is cancelled at once, a running one within about a second; one that has finished stays as it is.")
        .Produces<SuggestionView>()
        .ProducesRefusal(404);

    private static async Task<IResult> HandleAsync(HttpContext http, Guid suggestionId, JobStore jobs, CancellationToken ct) =>
        await jobs.CancelAsync(http.Caller().TenantId, SuggestionJob.Kind, suggestionId, modelVersion: null, ct) is { } job
            ? TypedResults.Json(SuggestionViews.View(job), WireJson.Default.SuggestionView)
            : SuggestionViews.NotFound.ToResult();
}
