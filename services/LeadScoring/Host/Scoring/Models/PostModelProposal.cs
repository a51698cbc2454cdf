using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Scoring.Models;

/// <summary><c>POST /v1/scoring-models/{version}/propose</c>: a draft is put before both teams.</summary>
public static class PostModelProposal
{
    public static void MapPostModelProposal(this IEndpointRouteBuilder routes) => routes
        .MapModelCommand(HttpMethod.Post, "/propose", WireJson.Default.ProposeScoringModelRequest, ReadAsync, Scopes.ModelsWrite)
        .WithName("PostModelProposal")
        .WithSummary("Propose a draft")
        .WithDescription("From then on the version never changes: what is signed is what was read. Proposing twice changes nothing.");

    private static Task<RequestedModelCommand> ReadAsync(ProposeScoringModelRequest request, int version, ModelRequest asked)
    {
        var actor = asked.Validation.Actor(request.Actor);
        return Task.FromResult(new RequestedModelCommand(actor, new ProposeModel(version, actor)));
    }
}
