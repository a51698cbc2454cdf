using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Scoring.Models;

/// <summary><c>PUT /v1/scoring-models/{version}/shadow</c>: a version is scored beside the active one, or no longer.</summary>
public static class PutModelShadow
{
    public static void MapPutModelShadow(this IEndpointRouteBuilder routes) => routes
        .MapModelCommand(HttpMethod.Put, "/shadow", WireJson.Default.SwitchShadowRequest, ReadAsync, Scopes.ModelsWrite)
        .WithName("PutModelShadow")
        .WithSummary("Run a version in shadow")
        .WithDescription(
            "Any proposed version, two at a time: leads show its score beside the active one's, and what it would have qualified is counted. "
            + "No lead is touched by it.");

    private static Task<RequestedModelCommand> ReadAsync(SwitchShadowRequest request, int version, ModelRequest asked)
    {
        var actor = asked.Validation.Actor(request.Actor);
        return Task.FromResult(new RequestedModelCommand(actor, new SwitchShadow(version, request.On, actor)));
    }
}
