using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Backtests;
using LeadScoring.Host.Http;
using LeadScoring.Host.Jobs;

namespace LeadScoring.Host.Scoring.Suggestions;

/// <summary><c>POST /v1/scoring-models/suggestions</c>: have points proposed from the outcomes so far.</summary>
public static class PostSuggestion
{
    public static void MapPostSuggestion(this IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/scoring-models/suggestions", HandleAsync)
        .RequireScope(Scopes.ModelsWrite)
        .WithName("PostSuggestion")
        .WithTags(BacktestRules.OpenApiTag)
        .WithSummary("Have points suggested by the outcomes")
        .WithDescription(
            "Queues a job that weighs the rules of a version by how handoffs ended and drafts a new version with the evidence beside each "
            + "number. With too little data the job succeeds all the same: its result says refused, and why, and no draft is made. The same "
            + "request with the same header Idempotency-Key makes no second job and answers 200 with the first one.")
        .Accepts<SuggestionRequest>("application/json")
        .Produces<SuggestionView>(StatusCodes.Status202Accepted)
        .Produces<SuggestionView>()
        .ProducesRefusal(409)
        .ProducesRefusal(422);

    private static async Task<IResult> HandleAsync(HttpContext http, SuggestionOrders orders, JobStore jobs)
    {
        if (!(await JsonBody.ReadAsync(http, WireJson.Default.SuggestionRequest)).TryGet(out var request, out var refusal)) return refusal.ToResult();
        (var creationKey, refusal) = IdempotencyKey.Read(http.Request);
        if (refusal is not null) return refusal.ToResult();

        var caller = http.Caller();
        (var wanted, refusal) = await orders.PrepareAsync(caller.TenantId, request, caller.KeyId, creationKey, http.RequestAborted);
        if (wanted is null) return refusal!.ToResult();
        var (outcome, job) = await jobs.CreateAsync(wanted, runId: null, http.RequestAborted);
        return JobAnswers.Of(http, outcome, job, j => $"/v1/scoring-models/suggestions/{j.Id}", SuggestionViews.View, WireJson.Default.SuggestionView);
    }
}
