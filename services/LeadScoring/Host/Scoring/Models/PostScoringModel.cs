using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Scoring.Models;

/// <summary><c>POST /v1/scoring-models</c>: somebody writes another definition of a lead.</summary>
public static class PostScoringModel
{
    public static void MapPostScoringModel(this IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/scoring-models", HandleAsync)
        .RequireScope(Scopes.ModelsWrite)
        .WithName("PostScoringModel")
        .WithTags(ModelRules.OpenApiTag)
        .WithSummary("Draft a version of the scoring model")
        .WithDescription(
            "The service numbers it. The document is checked whole, as /v1/scoring-models/schema says and for rules that could never count; "
            + "errors stand under $.document. Drafting the same once more changes nothing and answers 200 with the draft there is.")
        .Accepts<DraftScoringModelRequest>("application/json")
        .Produces<ScoringModelReceipt>(StatusCodes.Status201Created)
        .Produces<ScoringModelReceipt>()
        .ProducesRefusal(400)
        .ProducesRefusal(409);

    private static async Task<IResult> HandleAsync(HttpContext http, ModelChanges changes, TenantModels models)
    {
        var body = await JsonBody.ReadAsync(http, WireJson.Default.DraftScoringModelRequest, ModelRules.BodyBytesMax);
        if (!body.TryGet(out var request, out var refusal)) return refusal.ToResult();
        await models.LookAsync(http.RequestAborted);
        if (models.IsUnreadable(http.Caller().TenantId)) return Refusal.ModelsUnreadable.ToResult();
        var validation = new Validation();
        var actor = validation.Actor(request.Actor);
        validation.Comment("$.note", request.Note);
        validation.BasedOn(request.BasedOn, models.CatalogOf(http.Caller().TenantId));
        var document = validation.Document(request.Document);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();

        var command = new DraftModel(document, request.BasedOn, actor, request.Note);
        var (change, refused) = await changes.ApplyAsync(http, actor, command, revision: null);
        if (change is null) return refused!.ToResult();
        var version = change.Facts.OfType<ModelDrafted>().SingleOrDefault() is { } drafted ? change.Catalog.Get(drafted.Version) : command.MadeIn(change.Catalog);
        http.Response.Headers.Location = $"/v1/scoring-models/{version.Version}";
        return ModelCommands.Receipt(http, change, version, change.Changed ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }
}
