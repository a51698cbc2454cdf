using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Jobs;
using LeadScoring.Host.Scoring.Models;
using Microsoft.AspNetCore.Mvc;

namespace LeadScoring.Host.Backtests;

/// <summary><c>GET /v1/scoring-models/{version}/backtests/{backtestId}/compare?with=</c>: two reports side by side.</summary>
public static class GetBacktestComparison
{
    public static void MapGetBacktestComparison(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-models/{version:int}/backtests/{backtestId:guid}/compare", HandleAsync)
        .RequireScope(ModelRules.Readers)
        .WithName("GetBacktestComparison")
        .WithTags(BacktestRules.OpenApiTag)
        .WithSummary("Compare two backtests")
        .WithDescription(
            "The headline figures of the versions tried, side by side with their differences. The other backtest may be of another version. "
            + "notes say what makes the figures hard to compare.")
        .Produces<BacktestComparison>()
        .ProducesRefusal(400)
        .ProducesRefusal(404)
        .ProducesRefusal(409);

    private static async Task<IResult> HandleAsync(
        HttpContext http, int version, Guid backtestId, [FromQuery(Name = "with")] string? with, JobStore jobs, CancellationToken ct)
    {
        var (tenantId, validation) = (http.Caller().TenantId, new Validation());
        validation.KnownOnly(http.Request.Query, "with");
        validation.Require(Guid.TryParseExact(with, "D", out var otherId), "with", "The id of another backtest is expected.");
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();

        var first = await jobs.FindAsync(tenantId, BacktestJob.Kind, backtestId, version, ct);
        var second = await jobs.FindAsync(tenantId, BacktestJob.Kind, otherId, modelVersion: null, ct);
        if (first is null || second is null) return BacktestRules.NotFound.ToResult();
        var reports = (First: await ReadAsync(jobs, first, ct), Second: await ReadAsync(jobs, second, ct));
        return reports is { First: { } a, Second: { } b }
            ? TypedResults.Json(BacktestComparisons.Compare(backtestId, a, otherId, b), WireJson.Default.BacktestComparison)
            : BacktestRules.Unfinished.ToResult();
    }

    private static async Task<BacktestReport?> ReadAsync(JobStore jobs, Job job, CancellationToken ct) =>
        await jobs.ResultAsync(job.TenantId, job.Id, ct) is { } report ? JsonSerializer.Deserialize(report, BacktestJson.Default.BacktestReport) : null;
}
