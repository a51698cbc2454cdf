using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.Host.Http;
using SigningTeam = LeadScoring.Contracts.SigningTeam;

namespace LeadScoring.Host.Scoring.Models;

/// <summary><c>POST /v1/scoring-models/{version}/sign-offs</c>: a team agrees.</summary>
public static class PostModelSignOff
{
    public static void MapPostModelSignOff(this IEndpointRouteBuilder routes) => routes
        .MapModelCommand(HttpMethod.Post, "/sign-offs", WireJson.Default.SignOffRequest, ReadAsync, Scopes.MarketingWrite, Scopes.SalesWrite)
        .WithName("PostModelSignOff")
        .WithSummary("Sign a proposed version for a team")
        .WithDescription(
            "Marketing's signature needs the scope marketing:write, sales' sales:write, and the two must be of two people "
            + "(409 same_person_signed). Signing twice changes nothing.")
        .ProducesRefusal(403);

    private static Task<RequestedModelCommand> ReadAsync(SignOffRequest request, int version, ModelRequest asked)
    {
        var actor = asked.Validation.Actor(request.Actor);
        asked.Validation.Comment("$.comment", request.Comment);
        var team = (Domain.Scoring.Versions.SigningTeam)request.Team;
        return Task.FromResult(new RequestedModelCommand(
            actor,
            new SignOffModel(version, team, actor, request.Comment),
            request.Team == SigningTeam.Marketing ? Scopes.MarketingWrite : Scopes.SalesWrite));
    }
}
