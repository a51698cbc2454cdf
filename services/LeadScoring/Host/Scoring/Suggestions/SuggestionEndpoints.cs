using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Backtests;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Http;
using LeadScoring.Host.Jobs;
using LeadScoring.Host.Scoring.Models;
using Microsoft.AspNetCore.Mvc;

namespace LeadScoring.Host.Scoring.Suggestions;

/// <summary>Points suggested by outcomes: <c>/v1/scoring-models/suggestions</c>.</summary>
public static class SuggestionEndpoints
{
    /// <summary>Needs the data source, the models, the jobs and the clock beside these.</summary>
    public static IServiceCollection AddSuggestions(this IServiceCollection services) => services
        .AddSingleton<SuggestionRun>()
        .AddSingleton<SuggestionJob>()
        .AddSingleton<SuggestionOrders>()
        .AddSingleton(s => new JobKind(SuggestionJob.Kind, s.GetRequiredService<SuggestionJob>().RunAsync));

    public static void MapSuggestions(this IEndpointRouteBuilder routes)
    {
        routes.MapPostSuggestion();
        routes.MapGetSuggestions();
        routes.MapGetSuggestion();
        routes.MapGetSuggestionEvents();
        routes.MapPostSuggestionCancel();
    }

    private static void MapPostSuggestion(this IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/scoring-models/suggestions", PostSuggestionAsync)
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

    private static async Task<IResult> PostSuggestionAsync(HttpContext http, SuggestionOrders orders, JobStore jobs)
    {
        if (!(await JsonBody.ReadAsync(http, WireJson.Default.SuggestionRequest)).TryGet(out var request, out var refusal)) return refusal.ToResult();
        (var creationKey, refusal) = IdempotencyKey.Read(http.Request);
        if (refusal is not null) return refusal.ToResult();

        var caller = http.Caller();
        (var wanted, refusal) = await orders.PrepareAsync(caller.TenantId, request, caller.KeyId, creationKey, http.RequestAborted);
        if (wanted is null) return refusal!.ToResult();
        var (outcome, job) = await jobs.CreateAsync(wanted, http.RequestAborted);
        return JobAnswers.Of(http, outcome, job, j => $"/v1/scoring-models/suggestions/{j.Id}", SuggestionViews.View, WireJson.Default.SuggestionView);
    }

    private static void MapGetSuggestions(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-models/suggestions", GetSuggestionsAsync)
        .RequireScope(ModelRules.Readers)
        .WithName("GetSuggestions")
        .WithTags(BacktestRules.OpenApiTag)
        .WithSummary("List suggestions")
        .WithDescription(
            "The newest first, without their results. The 200 jobs of the tenant that finished last are kept, and in any case the suggestions "
            + "that versions were drafted from. limit is 1 to 200, default 50.")
        .Produces<SuggestionPage>()
        .ProducesRefusal(400);

    private static async Task<IResult> GetSuggestionsAsync(
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

    private static void MapGetSuggestion(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-models/suggestions/{suggestionId:guid}", GetSuggestionAsync)
        .RequireScope(ModelRules.Readers)
        .WithName("GetSuggestion")
        .WithTags(BacktestRules.OpenApiTag)
        .WithSummary("Look at a suggestion")
        .WithDescription("Its progress while it runs, about a second old; once it has succeeded, the draft it made and the evidence, or why it made none.")
        .Produces<SuggestionView>()
        .ProducesRefusal(404);

    private static async Task<IResult> GetSuggestionAsync(HttpContext http, Guid suggestionId, JobStore jobs, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        if (await jobs.FindAsync(tenantId, SuggestionJob.Kind, suggestionId, modelVersion: null, ct) is not { } job)
        {
            return SuggestionViews.NotFound.ToResult();
        }

        var result = job.State == JobState.Succeeded ? await jobs.ResultAsync(tenantId, suggestionId, ct) : null;
        return JobAnswers.With(SuggestionViews.Bytes(job), "result", result);
    }

    private static void MapGetSuggestionEvents(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-models/suggestions/{suggestionId:guid}/events", GetSuggestionEventsAsync)
        .RequireScope(ModelRules.Readers)
        .WithName("GetSuggestionEvents")
        .WithTags(BacktestRules.OpenApiTag)
        .WithSummary("Follow a suggestion")
        .WithDescription(JobStream.Describe("the suggestion without its result"))
        .Produces<SuggestionView>(StatusCodes.Status200OK, FeedStream.ContentType)
        .Produces(StatusCodes.Status204NoContent)
        .ProducesRefusal(404);

    private static Task GetSuggestionEventsAsync(HttpContext http, Guid suggestionId, JobStore jobs, JobStream stream, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        return stream.AnswerAsync(
            http,
            () => jobs.FindAsync(tenantId, SuggestionJob.Kind, suggestionId, modelVersion: null, ct),
            SuggestionViews.NotFound,
            SuggestionViews.Bytes,
            ct);
    }

    private static void MapPostSuggestionCancel(this IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/scoring-models/suggestions/{suggestionId:guid}/cancel", PostSuggestionCancelAsync)
        .RequireScope(Scopes.ModelsWrite)
        .WithName("PostSuggestionCancel")
        .WithTags(BacktestRules.OpenApiTag)
        .WithSummary("Cancel a suggestion")
        .WithDescription("A queued one is cancelled at once, a running one within about a second; one that has finished stays as it is.")
        .Produces<SuggestionView>()
        .ProducesRefusal(404);

    private static async Task<IResult> PostSuggestionCancelAsync(HttpContext http, Guid suggestionId, JobStore jobs, CancellationToken ct) =>
        await jobs.CancelAsync(http.Caller().TenantId, SuggestionJob.Kind, suggestionId, modelVersion: null, ct) is { } job
            ? TypedResults.Json(SuggestionViews.View(job), WireJson.Default.SuggestionView)
            : SuggestionViews.NotFound.ToResult();
}

/// <summary>Suggestions as they are shown.</summary>
internal static class SuggestionViews
{
    public static Refusal NotFound { get; } = new(404, "suggestion_not_found", "There is no such suggestion in this tenant.");

    /// <summary>Without its result.</summary>
    public static SuggestionView View(Job job) => new(
        job.Id,
        JsonSerializer.Deserialize(job.Request, SuggestionJson.Default.SuggestionRequest)!,
        job.State,
        job.Progress,
        job.RequestedBy,
        job.CreatedAt,
        job.StartedAt,
        job.FinishedAt,
        job.CancelRequestedAt,
        job.Failure,
        Result: null);

    public static byte[] Bytes(Job job) => JsonSerializer.SerializeToUtf8Bytes(View(job), WireJson.Default.SuggestionView);
}
