using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Scoring.Models;

/// <summary><c>GET /v1/scoring-models/{version}</c>: one version, its document and when it held.</summary>
public static class GetScoringModelVersion
{
    public static void MapGetScoringModelVersion(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-models/{version:int:min(1)}", HandleAsync)
        .RequireScope(ModelRules.Readers)
        .WithName("GetScoringModelVersion")
        .WithTags(ModelRules.OpenApiTag)
        .WithSummary("One version of the scoring model")
        .WithDescription("The ETag is the version's revision, to be sent as If-Match by whoever edits, proposes, signs or activates what was read.")
        .Produces<ScoringModelDetail>()
        .ProducesRefusal(400)
        .ProducesRefusal(404);

    private static async Task<IResult> HandleAsync(HttpContext http, int version, TenantModels models, TimeProvider clock, CancellationToken ct)
    {
        var validation = new Validation();
        validation.KnownOnly(http.Request.Query);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        await models.LookAsync(ct);
        var catalog = models.CatalogOf(http.Caller().TenantId);
        if (catalog.Find(version) is not { } found) return ModelRules.NotFound.ToResult();
        http.Response.Headers.ETag = VersionTags.Of(found.Revision);
        return TypedResults.Json(ModelViews.Detail(catalog, found, clock.GetUtcNow()), WireJson.Default.ScoringModelDetail);
    }
}
