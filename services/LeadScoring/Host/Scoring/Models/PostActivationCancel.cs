using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Scoring.Models;

/// <summary><c>POST /v1/scoring-models/{version}/cancel-activation</c>: an activation that lies ahead will not happen.</summary>
public static class PostActivationCancel
{
    public static void MapPostActivationCancel(this IEndpointRouteBuilder routes) => routes
        .MapModelCommand(HttpMethod.Post, "/cancel-activation", WireJson.Default.CancelActivationRequest, ReadAsync, Scopes.ModelsWrite)
        .WithName("PostActivationCancel")
        .WithSummary("Cancel an activation that lies ahead")
        .WithDescription(
            "Not within the last seconds before it (409 activation_too_near): then activate the former version to go back. With nothing ahead, "
            + "nothing changes.");

    private static Task<RequestedModelCommand> ReadAsync(CancelActivationRequest request, int version, ModelRequest asked)
    {
        var actor = asked.Validation.Actor(request.Actor);
        return Task.FromResult(new RequestedModelCommand(actor, new CancelActivation(version, actor, asked.Get<ModelOptions>().Notice)));
    }
}
