using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Http;
using LeadScoring.Host.Jobs;
using LeadScoring.Host.Scoring.Models;

namespace LeadScoring.Host.Backtests;

/// <summary><c>GET /v1/scoring-models/{version}/backtests/{backtestId}/events</c>: its progress as it happens.</summary>
public static class GetBacktestEvents
{
    public static void MapGetBacktestEvents(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-models/{version:int}/backtests/{backtestId:guid}/events", HandleAsync)
        .RequireScope(ModelRules.Readers)
        .WithName("GetBacktestEvents")
        .WithTags(BacktestRules.OpenApiTag)
        .WithSummary("Follow a backtest")
        .WithDescription(JobStream.Describe("the backtest without its report"))
        .Produces<BacktestView>(StatusCodes.Status200OK, FeedStream.ContentType)
        .Produces(StatusCodes.Status204NoContent)
        .ProducesRefusal(404);

    private static Task HandleAsync(HttpContext http, int version, Guid backtestId, JobStore jobs, JobStream stream, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        return stream.AnswerAsync(
            http,
            () => jobs.FindAsync(tenantId, BacktestJob.Kind, backtestId, version, ct),
            BacktestRules.NotFound,
            BacktestViews.Bytes,
            ct);
    }
}
