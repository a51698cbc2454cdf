using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Scoring;

/// <summary><c>GET /v1/scoring-model</c>: the active definition of a lead, as both teams read it.</summary>
public static class GetScoringModel
{
    private static readonly JsonElement DefaultDocument = Parse(ScoringModelDocument.DefaultJson);

    public static void MapGetScoringModel(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-model", Handle)
        .RequireScope(Scopes.LeadsRead)
        .WithName("GetScoringModel")
        .WithTags("Scoring model")
        .WithSummary("The active scoring model")
        .WithDescription("Rules, caps, half-lives, fit, grades, threshold and review, with the id every decision made under it names.")
        .Produces<ScoringModelView>();

    private static IResult Handle(HttpContext http, ScoringModel model)
    {
        var validation = new Validation();
        validation.KnownOnly(http.Request.Query);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        return TypedResults.Json(
            new ScoringModelView(model.Version, model.Id, model.Name, DefaultDocument), WireJson.Default.ScoringModelView);
    }

    private static JsonElement Parse(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
