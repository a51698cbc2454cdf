using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using Microsoft.AspNetCore.Mvc;
using ModelChangeKind = LeadScoring.Contracts.ModelChangeKind;
using ModelPart = LeadScoring.Contracts.ModelPart;

namespace LeadScoring.Host.Scoring.Models;

/// <summary><c>GET /v1/scoring-models/{version}/diff</c>: what two versions judge differently, in words.</summary>
public static class GetScoringModelDiff
{
    public static void MapGetScoringModelDiff(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-models/{version:int:min(1)}/diff", HandleAsync)
        .RequireScope(ModelRules.Readers)
        .WithName("GetScoringModelDiff")
        .WithTags(ModelRules.OpenApiTag)
        .WithSummary("What a version judges differently from another")
        .WithDescription("In words and in parts. Without from, from the version it is based on, or else the active one. The order of rules means nothing.")
        .Produces<ScoringModelDiff>()
        .ProducesRefusal(400)
        .ProducesRefusal(404);

    private static async Task<IResult> HandleAsync(
        HttpContext http, int version, [FromQuery(Name = "from")] string? from, TenantModels models, TimeProvider clock, CancellationToken ct)
    {
        await models.LookAsync(ct);
        var catalog = models.CatalogOf(http.Caller().TenantId);
        var validation = new Validation();
        validation.KnownOnly(http.Request.Query, "from");
        var basis = validation.Whole(
            "from", from, least: 1, int.MaxValue, otherwise: catalog.Find(version)?.BasedOn ?? catalog.VersionAt(clock.GetUtcNow()));
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        if (catalog.Find(version) is not { } later || catalog.Find(basis) is not { } earlier) return ModelRules.NotFound.ToResult();

        var lines = ModelDiff.Between(earlier.Model, later.Model);
        return TypedResults.Json(
            new ScoringModelDiff(
                basis,
                version,
                string.Join("; ", lines.Select(l => l.Text)),
                [.. lines.Select(l => new ModelDifferenceView((ModelChangeKind)l.Kind, (ModelPart)l.Part, l.Name, l.Field, l.Before, l.After, l.Text))]),
            WireJson.Default.ScoringModelDiff);
    }
}
