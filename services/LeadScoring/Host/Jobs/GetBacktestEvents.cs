using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Http;
using LeadScoring.Host.Scoring.Models;

namespace LeadScoring.Host.Jobs;

/// <summary><c>GET /v1/scoring-models/{version}/backtests/{backtestId}/events</c>: its progress as it happens.</summary>
public static class GetBacktestEvents
{
    public static void MapGetBacktestEvents(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-models/{version:int}/backtests/{backtestId:guid}/events", HandleAsync)
        .RequireScope(ModelRules.Readers)
        .WithName("GetBacktestEvents")
        .WithTags(BacktestRules.OpenApiTag)
        .WithSummary("Follow a backtest")
        .WithDescription(
            "Server-Sent Events: progress with each change, at most about once a second, and finished at the end; data is the backtest without "
            + "its report. After finished the stream ends, and a client that connects again with Last-Event-ID: finished is answered 204, which "
            + "tells it to stop. A stream ends after ten minutes at the latest, for the client to connect again.")
        .Produces<BacktestView>(StatusCodes.Status200OK, FeedStream.ContentType)
        .Produces(StatusCodes.Status204NoContent)
        .ProducesRefusal(404);

    private static async Task HandleAsync(
        HttpContext http, int version, Guid backtestId, JobStore jobs, JobStream stream, FeedSeats seats, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        Task<JobRow?> FindAsync() => jobs.FindAsync(tenantId, BacktestJob.Kind, backtestId, version, ct);
        if (await FindAsync() is not { } job)
        {
            await Problems.WriteAsync(http, BacktestRules.NotFound);
            return;
        }

        var (seat, refusal) = seats.Take(tenantId);
        using (seat)
        {
            if (refusal is not null) await Problems.WriteAsync(http, refusal);
            else await stream.WriteAsync(http, job, FindAsync, BacktestViews.Bytes, ct);
        }
    }
}
