using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Backtests;
using LeadScoring.Host.Http;
using LeadScoring.Host.Jobs;
using LeadScoring.Host.Scoring.Models;
using Microsoft.AspNetCore.Mvc;

namespace LeadScoring.Host.Scoring.Suggestions;

/// <summary><c>GET /v1/scoring-models/suggestions</c>: what was suggested.</summary>
public static class GetSuggestions
{
    public static void MapGetSuggestions(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-models/suggestions", HandleAsync)
        .RequireScope(ModelRules.Readers)
        .WithName("GetSuggestions")
        .WithTags(BacktestRules.OpenApiTag)
        .WithSummary("List suggestions")
        .WithDescription(
            "The newest first, without their results. The 200 jobs of the tenant that finished last are kept, and in any case the suggestions "
            + "that versions were drafted from. limit is 1 to 200, default 50.")
        .Produces<SuggestionPage>()
        .ProducesRefusal(400);

    private static async Task<IResult> HandleAsync(
        HttpContext http,
        [FromQuery(Name = "limit")] string? limit,
        [FromQuery(Name = "cursor")] string? cursor,
        JobStore jobs,
        TimeProvider clock,
        CancellationToken ct)
    {
        var (asked, refusal) = JobPageRequest.Read(http.Request, limit, cursor, "suggestions", clock.GetUtcNow());
        if (asked is null) return refusal!.ToResult();
        var page = await asked.ReadAsync(jobs, http.Caller().TenantId, SuggestionJob.Kind, modelVersion: null, ct);
        return TypedResults.Json(new SuggestionPage([.. page.Jobs.Select(SuggestionViews.View)], page.NextCursor), WireJson.Default.SuggestionPage);
    }
}
