using LeadScoring.Contracts;
using LeadScoring.Domain.Qualification;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads;

namespace LeadScoring.Host.Qualification;

/// <summary><c>POST /v1/leads/{leadId}/opportunity</c>: an opportunity is open.</summary>
public static class PostOpportunity
{
    public static void MapPostOpportunity(this IEndpointRouteBuilder routes) => routes
        .MapLeadCommand(HttpMethod.Post, "opportunity", WireJson.Default.OpportunityRequest, Read, Scopes.SalesWrite)
        .WithName("PostOpportunity")
        .WithSummary("Sales opens an opportunity")
        .WithDescription("The lead must be accepted. Amount and currency are given together or not at all.");

    private static RequestedCommand Read(OpportunityRequest request, CommandRules rules)
    {
        rules.Actor(request.Actor);
        rules.Money(request.Amount, request.Currency);
        rules.Note(request.Note);
        return new(request.Actor, new OpenOpportunity(request.Actor, request.Amount, request.Currency, request.Note));
    }
}
