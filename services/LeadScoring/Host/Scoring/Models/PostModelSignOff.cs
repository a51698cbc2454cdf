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
            + "(409 same_person_signed), by their names in Unicode's form NFKC, in which they are kept. Signing twice changes nothing.")
        .ProducesRefusal(403);

    private static async Task<RequestedModelCommand> ReadAsync(SignOffRequest request, int version, ModelRequest asked)
    {
        var actor = asked.Validation.Actor(request.Actor);
        asked.Validation.Comment("$.comment", request.Comment);
        if (asked.Validation.ToRefusal() is null) actor = await asked.Get<WrittenNames>().NormalizedAsync(actor, asked.Http.RequestAborted);
        var team = (Domain.Scoring.Versions.SigningTeam)request.Team;
        return new(
            actor, new SignOffModel(version, team, actor, request.Comment), request.Team == SigningTeam.Marketing ? Scopes.MarketingWrite : Scopes.SalesWrite);
    }
}
