using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Scoring.Models;

/// <summary><c>PUT /v1/scoring-models/{version}</c>: a draft is written anew.</summary>
public static class PutScoringModel
{
    public static void MapPutScoringModel(this IEndpointRouteBuilder routes) => routes
        .MapModelCommand(HttpMethod.Put, "", WireJson.Default.EditScoringModelRequest, ReadAsync, Scopes.ModelsWrite)
        .WithName("PutScoringModel")
        .WithSummary("Edit a draft")
        .WithDescription("Only until it is proposed (409 model_not_a_draft). If-Match keeps two authors from overwriting each other.");

    private static Task<RequestedModelCommand> ReadAsync(EditScoringModelRequest request, int version, ModelRequest asked)
    {
        var actor = asked.Validation.Actor(request.Actor);
        asked.Validation.Comment("$.note", request.Note);
        var document = asked.Validation.Document(request.Document);
        return Task.FromResult(new RequestedModelCommand(actor, new EditDraft(version, document, actor, request.Note)));
    }
}
