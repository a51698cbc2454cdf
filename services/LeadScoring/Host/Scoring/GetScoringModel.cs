using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Scoring.Models;

namespace LeadScoring.Host.Scoring;

/// <summary><c>GET /v1/scoring-model</c>: the active definition of a lead, as both teams read it.</summary>
public static class GetScoringModel
{
    public static void MapGetScoringModel(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-model", Handle)
        .RequireScope(Scopes.LeadsRead)
        .WithName("GetScoringModel")
        .WithTags("Scoring model")
        .WithSummary("The active scoring model")
        .WithDescription("Rules, caps, half-lives, fit, grades, threshold and review, with the id every decision made under it names.")
        .Produces<ScoringModelView>();

    private static IResult Handle(HttpContext http, TenantModels models)
    {
        var validation = new Validation();
        validation.KnownOnly(http.Request.Query);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        var tenantId = http.Caller().TenantId;
        var model = models.Now(tenantId);
        var document = Parse(models.CatalogOf(tenantId).Find(model.Version)!.Document);
        return TypedResults.Json(new ScoringModelView(model.Version, model.Id, model.Name, document), WireJson.Default.ScoringModelView);
    }

    private static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
