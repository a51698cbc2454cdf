using LeadScoring.Contracts;
using LeadScoring.Domain.Qualification;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads;

namespace LeadScoring.Host.Qualification;

/// <summary><c>POST /v1/leads/{leadId}/opportunity/won</c>: closed-won, the lead is a customer.</summary>
public static class PostOpportunityWon
{
    public static void MapPostOpportunityWon(this IEndpointRouteBuilder routes) => routes
        .MapLeadCommand(HttpMethod.Post, "opportunity/won", WireJson.Default.OpportunityRequest, Read, Scopes.SalesWrite)
        .WithName("PostOpportunityWon")
        .WithSummary("Sales wins the opportunity")
        .WithDescription("Without an amount, the one the opportunity was opened with stands.");

    private static RequestedCommand Read(OpportunityRequest request, CommandRules rules)
    {
        rules.Actor(request.Actor);
        rules.Money(request.Amount, request.Currency);
        rules.Note(request.Note);
        return new(request.Actor, new WinOpportunity(request.Actor, request.Amount, request.Currency, request.Note));
    }
}
