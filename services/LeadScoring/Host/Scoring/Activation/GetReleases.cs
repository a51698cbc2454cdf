using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Scoring.Models;

namespace LeadScoring.Host.Scoring.Activation;

/// <summary><c>GET /v1/scoring-models/{version}/newly-qualified/releases</c>: what marketing released, and what is still to come.</summary>
public static class GetReleases
{
    public static void MapGetReleases(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-models/{version:int:min(1)}/newly-qualified/releases", HandleAsync)
        .RequireScope(ModelRules.Readers)
        .WithName("GetReleases")
        .WithTags(ModelRules.OpenApiTag)
        .WithSummary("List releases of held leads")
        .WithDescription("The latest 100 of the version, the youngest first.")
        .Produces<ReleaseList>()
        .ProducesRefusal(400)
        .ProducesRefusal(404);

    private static async Task<IResult> HandleAsync(HttpContext http, int version, TenantModels models, HeldReleases releases, CancellationToken ct)
    {
        var validation = new Validation();
        validation.KnownOnly(http.Request.Query);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        if (await models.FindVersionAsync(http, version) is null) return ModelRules.NotFound.ToResult();
        var found = await releases.ListAsync(http.Caller().TenantId, version, ct);
        return TypedResults.Json(new ReleaseList([.. found.Select(r => r.View())]), WireJson.Default.ReleaseList);
    }
}
