using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Jobs;

namespace LeadScoring.Host.Backtests;

/// <summary><c>POST /v1/scoring-models/{version}/backtests/{backtestId}/cancel</c>: it need not be finished.</summary>
public static class PostBacktestCancel
{
    public static void MapPostBacktestCancel(this IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/scoring-models/{version:int}/backtests/{backtestId:guid}/cancel", HandleAsync)
        .RequireScope(Scopes.ModelsWrite)
        .WithName("PostBacktestCancel")
        .WithTags(BacktestRules.OpenApiTag)
        .WithSummary("Cancel a backtest")
        .WithDescription("A queued one is cancelled at once, a running one within about a second; one that has finished stays as it is.")
        .Produces<BacktestView>()
        .ProducesRefusal(404);

    private static async Task<IResult> HandleAsync(HttpContext http, int version, Guid backtestId, JobStore jobs, CancellationToken ct) =>
        await jobs.CancelAsync(http.Caller().TenantId, BacktestJob.Kind, backtestId, version, ct) is { } job
            ? TypedResults.Json(BacktestViews.View(job), WireJson.Default.BacktestView)
            : BacktestRules.NotFound.ToResult();
}
