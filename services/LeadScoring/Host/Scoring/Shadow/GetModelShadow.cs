using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Scoring.Models;

namespace LeadScoring.Host.Scoring.Shadow;

/// <summary><c>GET /v1/scoring-models/{version}/shadow</c>: what the version would have qualified, beside what was.</summary>
public static class GetModelShadow
{
    public static void MapGetModelShadow(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-models/{version:int:min(1)}/shadow", HandleAsync)
        .RequireScope(ModelRules.Readers)
        .WithName("GetModelShadow")
        .WithTags(ModelRules.OpenApiTag)
        .WithSummary("What a version in shadow would have qualified")
        .WithDescription(
            "Counted since it was switched on, week by week, beside what the active model really qualified by itself, each lead once a cycle. "
            + "Both are decided when something happens to a lead, so leads that did nothing since do not count. A decision shows here within "
            + "about a second.")
        .Produces<ModelShadowReport>()
        .ProducesRefusal(400)
        .ProducesRefusal(404);

    private static async Task<IResult> HandleAsync(HttpContext http, int version, TenantModels models, ShadowCounts counts, CancellationToken ct)
    {
        var validation = new Validation();
        validation.KnownOnly(http.Request.Query);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        await models.LookAsync(ct);
        var tenantId = http.Caller().TenantId;
        if (models.CatalogOf(tenantId).Find(version) is not { } found) return ModelRules.NotFound.ToResult();
        var report = found.ShadowSince is { } since
            ? new ModelShadowReport(
                version,
                On: true,
                since.ToUniversalTime(),
                await counts.TotalsAsync(tenantId, version, since, ct),
                await counts.WeeksAsync(tenantId, version, since, ct))
            : new(version, On: false, Since: null, new(0, 0, 0, 0, 0), []);
        return TypedResults.Json(report, WireJson.Default.ModelShadowReport);
    }
}
