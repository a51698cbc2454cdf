using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Jobs;
using LeadScoring.Host.Scoring.Models;
using Microsoft.AspNetCore.Mvc;

namespace LeadScoring.Host.Backtests;

/// <summary><c>GET /v1/scoring-models/{version}/backtests</c>: what was tried.</summary>
public static class GetBacktests
{
    public static void MapGetBacktests(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-models/{version:int}/backtests", HandleAsync)
        .RequireScope(ModelRules.Readers)
        .WithName("GetBacktests")
        .WithTags(BacktestRules.OpenApiTag)
        .WithSummary("List a version's backtests")
        .WithDescription(
            "The newest first, without their reports. The 200 jobs of the tenant that finished last are kept, and of each version "
            + "in any case the success that looked furthest. limit is 1 to 200, default 50.")
        .Produces<BacktestPage>()
        .ProducesRefusal(400)
        .ProducesRefusal(404);

    private static async Task<IResult> HandleAsync(
        HttpContext http,
        int version,
        [FromQuery(Name = "limit")] string? limit,
        [FromQuery(Name = "cursor")] string? cursor,
        JobStore jobs,
        TenantModels models,
        TimeProvider clock,
        CancellationToken ct)
    {
        var (asked, refusal) = JobPageRequest.Read(http.Request, limit, cursor, $"backtests {version}", clock.GetUtcNow());
        if (asked is null) return refusal!.ToResult();
        var tenantId = http.Caller().TenantId;
        await models.LookAsync(ct);
        if (models.CatalogOf(tenantId).Find(version) is null) return ModelRules.NotFound.ToResult();
        var page = await asked.ReadAsync(jobs, tenantId, BacktestJob.Kind, version, ct);
        return TypedResults.Json(new BacktestPage([.. page.Jobs.Select(BacktestViews.View)], page.NextCursor), WireJson.Default.BacktestPage);
    }
}
