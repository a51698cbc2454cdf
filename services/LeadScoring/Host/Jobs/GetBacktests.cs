using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads.Listing;
using LeadScoring.Host.Scoring.Models;
using Microsoft.AspNetCore.Mvc;

namespace LeadScoring.Host.Jobs;

/// <summary><c>GET /v1/scoring-models/{version}/backtests</c>: what was tried.</summary>
public static class GetBacktests
{
    private const int LimitMax = 200;
    private const int LimitDefault = 50;

    public static void MapGetBacktests(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-models/{version:int}/backtests", HandleAsync)
        .RequireScope(ModelRules.Readers)
        .WithName("GetBacktests")
        .WithTags(BacktestRules.OpenApiTag)
        .WithSummary("List a version's backtests")
        .WithDescription(
            "The newest first, without their reports. The 200 jobs of the tenant that finished last are kept, and each version's latest success "
            + "in any case. limit is 1 to 200, default 50.")
        .Produces<BacktestPage>()
        .ProducesRefusal(400);

    private static async Task<IResult> HandleAsync(
        HttpContext http,
        int version,
        [FromQuery(Name = "limit")] string? limit,
        [FromQuery(Name = "cursor")] string? cursor,
        JobStore jobs,
        TimeProvider clock,
        CancellationToken ct)
    {
        var (now, validation) = (clock.GetUtcNow(), new Validation());
        validation.KnownOnly(http.Request.Query, "limit", "cursor");
        var most = validation.Whole("limit", limit, least: 1, LimitMax, LimitDefault);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        var list = $"backtests {version}";
        var (before, refusal) = cursor is null ? (null, null) : PageCursor.Read(cursor, list, now);
        if (refusal is not null) return refusal.ToResult();

        // One more than the page holds is asked for: it tells that there is a next page.
        var found = await jobs.ListAsync(
            http.Caller().TenantId, BacktestJob.Kind, version, before is { } last ? (Instant(last.SortKey), last.Id) : null, most + 1, ct);
        var shown = found.Take(most).ToList();
        var next = found.Count > most ? new PageCursor(shown[^1].CreatedAt.UtcTicks, shown[^1].Id).Write(list, now) : null;
        return TypedResults.Json(new BacktestPage([.. shown.Select(BacktestViews.View)], next), WireJson.Default.BacktestPage);
    }

    /// <summary>A forged cursor may hold any bits; they only have to be some instant.</summary>
    private static DateTimeOffset Instant(long ticks) =>
        new(Math.Clamp(ticks, DateTimeOffset.MinValue.Ticks, DateTimeOffset.MaxValue.Ticks), TimeSpan.Zero);
}
