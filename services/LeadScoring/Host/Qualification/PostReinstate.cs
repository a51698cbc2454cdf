using LeadScoring.Contracts;
using LeadScoring.Domain.Qualification;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads;

namespace LeadScoring.Host.Qualification;

/// <summary><c>POST /v1/leads/{leadId}/reinstate</c>: a disqualified lead is nurtured again.</summary>
public static class PostReinstate
{
    public static void MapPostReinstate(this IEndpointRouteBuilder routes) => routes
        .MapLeadCommand(HttpMethod.Post, "reinstate", WireJson.Default.ReinstateRequest, Read, Scopes.SalesWrite, Scopes.MarketingWrite)
        .WithName("PostReinstate")
        .WithSummary("Bring a disqualified lead back")
        .WithDescription("When its last cycle had qualified it, a new one begins, and only what it does from now on counts towards qualifying again.");

    private static RequestedCommand Read(ReinstateRequest request, CommandRules rules)
    {
        rules.Actor(request.Actor);
        rules.Note(request.Note);
        return new(request.Actor, new ReinstateLead(request.Actor, request.Note));
    }
}
