using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Events;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Http;
using LeadScoring.Host.Jobs;
using LeadScoring.Host.Scoring.Models;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace LeadScoring.Host.Backtests;

/// <summary>Models tried on history: <c>/v1/scoring-models/{version}/backtests</c>.</summary>
public static class BacktestEndpoints
{
    /// <summary>Needs the data source, the models, the jobs and the clock beside these.</summary>
    public static IServiceCollection AddBacktests(this IServiceCollection services) => services
        .AddSingleton(s => new LogScan(s.GetRequiredService<NpgsqlDataSource>()))
        .AddSingleton<BacktestRun>()
        .AddSingleton<BacktestJob>()
        .AddSingleton<BacktestOrders>()
        .AddSingleton(s => new JobKind(BacktestJob.Kind, s.GetRequiredService<BacktestJob>().RunAsync));

    public static void MapBacktests(this IEndpointRouteBuilder routes)
    {
        routes.MapPostBacktest();
        routes.MapGetBacktests();
        routes.MapGetBacktest();
        routes.MapGetBacktestEvents();
        routes.MapGetBacktestComparison();
        routes.MapPostBacktestCancel();
        routes.MapGetActivationPreview();
        routes.MapSalesCapacity();
    }

    private static void MapPostBacktest(this IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/scoring-models/{version:int}/backtests", PostBacktestAsync)
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

    private static async Task<IResult> PostBacktestAsync(HttpContext http, int version, BacktestOrders orders, JobStore jobs)
    {
        if (!(await JsonBody.ReadAsync(http, WireJson.Default.BacktestRequest)).TryGet(out var request, out var refusal)) return refusal.ToResult();
        (var creationKey, refusal) = IdempotencyKey.Read(http.Request);
        if (refusal is not null) return refusal.ToResult();

        var caller = http.Caller();
        (var wanted, refusal) = await orders.PrepareAsync(caller.TenantId, version, request, caller.KeyId, creationKey, http.RequestAborted);
        if (wanted is null) return refusal!.ToResult();
        var (outcome, job) = await jobs.CreateAsync(wanted, http.RequestAborted);
        return JobAnswers.Of(
            http, outcome, job, j => $"/v1/scoring-models/{version}/backtests/{j.Id}", BacktestViews.View, WireJson.Default.BacktestView);
    }

    private static void MapGetBacktests(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-models/{version:int}/backtests", GetBacktestsAsync)
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

    private static async Task<IResult> GetBacktestsAsync(
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

    private static void MapGetBacktest(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-models/{version:int}/backtests/{backtestId:guid}", GetBacktestAsync)
        .RequireScope(ModelRules.Readers)
        .WithName("GetBacktest")
        .WithTags(BacktestRules.OpenApiTag)
        .WithSummary("Look at a backtest")
        .WithDescription("Its progress while it runs, about a second old; its report once it has succeeded, the same bytes each time.")
        .Produces<BacktestView>()
        .ProducesRefusal(404);

    private static async Task<IResult> GetBacktestAsync(HttpContext http, int version, Guid backtestId, JobStore jobs, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        if (await jobs.FindAsync(tenantId, BacktestJob.Kind, backtestId, version, ct) is not { } job) return BacktestRules.NotFound.ToResult();
        var report = job.State == JobState.Succeeded ? await jobs.ResultAsync(tenantId, backtestId, ct) : null;
        return JobAnswers.With(BacktestViews.Bytes(job), "report", report);
    }

    private static void MapGetBacktestEvents(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-models/{version:int}/backtests/{backtestId:guid}/events", GetBacktestEventsAsync)
        .RequireScope(ModelRules.Readers)
        .WithName("GetBacktestEvents")
        .WithTags(BacktestRules.OpenApiTag)
        .WithSummary("Follow a backtest")
        .WithDescription(JobStream.Describe("the backtest without its report"))
        .Produces<BacktestView>(StatusCodes.Status200OK, FeedStream.ContentType)
        .Produces(StatusCodes.Status204NoContent)
        .ProducesRefusal(404);

    private static Task GetBacktestEventsAsync(HttpContext http, int version, Guid backtestId, JobStore jobs, JobStream stream, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        return stream.AnswerAsync(
            http,
            () => jobs.FindAsync(tenantId, BacktestJob.Kind, backtestId, version, ct),
            BacktestRules.NotFound,
            BacktestViews.Bytes,
            ct);
    }

    private static void MapPostBacktestCancel(this IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/scoring-models/{version:int}/backtests/{backtestId:guid}/cancel", PostBacktestCancelAsync)
        .RequireScope(Scopes.ModelsWrite)
        .WithName("PostBacktestCancel")
        .WithTags(BacktestRules.OpenApiTag)
        .WithSummary("Cancel a backtest")
        .WithDescription("A queued one is cancelled at once, a running one within about a second; one that has finished stays as it is.")
        .Produces<BacktestView>()
        .ProducesRefusal(404);

    private static async Task<IResult> PostBacktestCancelAsync(HttpContext http, int version, Guid backtestId, JobStore jobs, CancellationToken ct) =>
        await jobs.CancelAsync(http.Caller().TenantId, BacktestJob.Kind, backtestId, version, ct) is { } job
            ? TypedResults.Json(BacktestViews.View(job), WireJson.Default.BacktestView)
            : BacktestRules.NotFound.ToResult();
}

/// <summary>Backtests as they are shown.</summary>
internal static class BacktestViews
{
    /// <summary>Without its report.</summary>
    public static BacktestView View(Job job)
    {
        var request = JsonSerializer.Deserialize(job.Request, BacktestJson.Default.BacktestRequest)!;
        return new(
            job.Id,
            job.ModelVersion!.Value,
            job.ModelId!,
            request.Against!.Value,
            request,
            job.State,
            job.Progress,
            job.RequestedBy,
            job.CreatedAt,
            job.StartedAt,
            job.FinishedAt,
            job.CancelRequestedAt,
            job.Failure,
            Report: null);
    }

    public static byte[] Bytes(Job job) => JsonSerializer.SerializeToUtf8Bytes(View(job), WireJson.Default.BacktestView);
}

/// <summary>What a backtest may be asked, and how it is refused.</summary>
internal static class BacktestRules
{
    public const string OpenApiTag = "Backtests";

    public static Refusal NotFound { get; } = new(404, "backtest_not_found", "There is no such backtest of this version in this tenant.");

    public static Refusal Unfinished { get; } =
        new(409, "backtest_without_report", "One of the two backtests has no report: it has not finished, failed or was cancelled.");

    public static Refusal Needed { get; } = new(
        409, "backtest_needed", "No backtest of this version's present document has succeeded: run one with POST .../backtests.");

    public static void Check(BacktestRequest request, long end, Validation validation)
    {
        validation.Require(request.From is not { } from || request.To is not { } to || from < to, "$.to", "A time after from is expected.");
        validation.PerWeek("$.capacityPerWeek", request.CapacityPerWeek);
        validation.Require(request.TargetPrecision is null or (> 0 and < 1), "$.targetPrecision", "A number above 0 and below 1 is expected.");
        validation.UpTo(request.UpTo, end);
    }

    /// <summary>Where the log ends is not said: it holds all tenants' events, and how many these are is no tenant's business.</summary>
    /// <param name="upTo">The last log position to be read; null: the end.</param>
    public static void UpTo(this Validation validation, long? upTo, long end)
    {
        validation.Require(upTo is null or >= 1, "$.upTo", "A log position is expected: 1 or more.");
        validation.Require(upTo is null || upTo <= end, "$.upTo", "The log does not reach so far.");
    }
}
