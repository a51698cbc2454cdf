using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Jobs;

namespace LeadScoring.Host.Backtests;

/// <summary><c>POST /v1/scoring-models/{version}/backtests</c>: try a version on history.</summary>
public static class PostBacktest
{
    public static void MapPostBacktest(this IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/scoring-models/{version:int}/backtests", HandleAsync)
        .RequireScope(Scopes.ModelsWrite)
        .WithName("PostBacktest")
        .WithTags(BacktestRules.OpenApiTag)
        .WithSummary("Try a version on history")
        .WithDescription(
            "Queues a job that reads the log once and scores every lead under this version and under the one it is compared with, side by "
            + "side; drafts may be tried too. The model documents and the end of the log are those of the moment of the request, so "
            + "the same request with upTo of the former gives the same report. An empty object asks for the tenant's whole history against "
            + "the version that holds. Follow it at the Location, or as Server-Sent Events at its /events. The same request with the same "
            + "header Idempotency-Key makes no second job and answers 200 with the first one. One instance does one job at a time; if it "
            + "ends, another begins again.")
        .Accepts<BacktestRequest>("application/json")
        .Produces<BacktestView>(StatusCodes.Status202Accepted)
        .Produces<BacktestView>()
        .ProducesRefusal(404)
        .ProducesRefusal(409)
        .ProducesRefusal(422);

    private static async Task<IResult> HandleAsync(HttpContext http, int version, BacktestOrders orders, JobStore jobs)
    {
        if (!(await JsonBody.ReadAsync(http, WireJson.Default.BacktestRequest)).TryGet(out var request, out var refusal)) return refusal.ToResult();
        (var creationKey, refusal) = IdempotencyKey.Read(http.Request);
        if (refusal is not null) return refusal.ToResult();

        var caller = http.Caller();
        (var wanted, refusal) = await orders.PrepareAsync(caller.TenantId, version, request, caller.KeyId, creationKey, http.RequestAborted);
        if (wanted is null) return refusal!.ToResult();
        var (outcome, job) = await jobs.CreateAsync(wanted, runId: null, http.RequestAborted);
        return JobAnswers.Of(
            http, outcome, job, j => $"/v1/scoring-models/{version}/backtests/{j.Id}", BacktestViews.View, WireJson.Default.BacktestView);
    }
}
