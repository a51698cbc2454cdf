using LeadScoring.Contracts;
using LeadScoring.Domain.Qualification;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads;

namespace LeadScoring.Host.Qualification;

/// <summary><c>POST /v1/leads/{leadId}/accept</c>: sales takes the lead on.</summary>
public static class PostAccept
{
    public static void MapPostAccept(this IEndpointRouteBuilder routes) => routes
        .MapLeadCommand(HttpMethod.Post, "accept", WireJson.Default.AcceptRequest, Read, Scopes.SalesWrite)
        .WithName("PostAccept")
        .WithSummary("Sales accepts a handoff")
        .WithDescription("The owner works the lead from now on (default: the actor). Accepting twice changes nothing.");

    private static RequestedCommand Read(AcceptRequest request, CommandRules rules)
    {
        rules.Actor(request.Actor);
        rules.Owner(request.Owner);
        rules.Note(request.Note);
        return new(request.Actor, new AcceptLead(request.Actor, request.Owner, request.Note));
    }
}
