using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Jobs;
using LeadScoring.Host.Scoring.Models;

namespace LeadScoring.Host.Backtests;

/// <summary><c>GET /v1/scoring-models/{version}/backtests/{backtestId}</c>: how far it is, and its report.</summary>
public static class GetBacktest
{
    public static void MapGetBacktest(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-models/{version:int}/backtests/{backtestId:guid}", HandleAsync)
        .RequireScope(ModelRules.Readers)
        .WithName("GetBacktest")
        .WithTags(BacktestRules.OpenApiTag)
        .WithSummary("Look at a backtest")
        .WithDescription("Its progress while it runs, about a second old; its report once it has succeeded, the same bytes each time.")
        .Produces<BacktestView>()
        .ProducesRefusal(404);

    private static async Task<IResult> HandleAsync(HttpContext http, int version, Guid backtestId, JobStore jobs, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        if (await jobs.FindAsync(tenantId, BacktestJob.Kind, backtestId, version, ct) is not { } job) return BacktestRules.NotFound.ToResult();
        var report = job.State == JobState.Succeeded ? await jobs.ResultAsync(tenantId, backtestId, ct) : null;
        return JobAnswers.With(BacktestViews.Bytes(job), "report", report);
    }
}
