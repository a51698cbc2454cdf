using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Jobs;
using LeadScoring.Host.Scoring.Models;

namespace LeadScoring.Host.Backtests;

/// <summary><c>GET /v1/scoring-models/{version}/preview</c>: what activating it would do, in numbers.</summary>
public static class GetActivationPreview
{
    private const string Section = "activation";

    public static void MapGetActivationPreview(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-models/{version:int}/preview", HandleAsync)
        .RequireScope(ModelRules.Readers)
        .WithName("GetActivationPreview")
        .WithTags(BacktestRules.OpenApiTag)
        .WithSummary("What activating a version would do")
        .WithDescription(
            "From a successful backtest of the version's present document, one against the version that holds before any other and then the one "
            + "that read the log furthest: how many leads would cross by grade, how many would no "
            + "longer reach the threshold, how many stay as they are. 409 backtest_needed when there is none.")
        .Produces<ActivationPreview>()
        .ProducesRefusal(404)
        .ProducesRefusal(409);

    private static async Task<IResult> HandleAsync(
        HttpContext http, int version, ModelStreams models, JobStore jobs, TimeProvider clock, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        var catalog = await models.ReadAsync(tenantId, knownAt: null, ct);
        if (catalog.Find(version) is not { } found) return ModelRules.NotFound.ToResult();
        var now = clock.GetUtcNow();
        var active = catalog.Timeline().At(now).Version;
        var latest = await jobs.FindPreviewAsync(tenantId, BacktestJob.Kind, version, found.Model.Id, active, Section, ct);
        if (latest is not { Job: { FinishedAt: { } finishedAt } job, Section: { } section }) return BacktestRules.Needed.ToResult();

        var activation = JsonSerializer.Deserialize(section, BacktestJson.Default.BacktestActivation)!;
        var preview = new ActivationPreview(
            version,
            job.ModelId!,
            job.Id,
            finishedAt,
            AgeSeconds: (long)Math.Max(0, (now - activation.AsOf).TotalSeconds),
            job.UpTo,
            job.Against!.Value,
            AgainstIsActive: active == job.Against,
            activation);
        return TypedResults.Json(preview, WireJson.Default.ActivationPreview);
    }
}
