using LeadScoring.Contracts;
using LeadScoring.Domain.Qualification;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads;

namespace LeadScoring.Host.Qualification;

/// <summary><c>POST /v1/leads/{leadId}/opportunity/lost</c>: closed-lost, back to nurture.</summary>
public static class PostOpportunityLost
{
    public static void MapPostOpportunityLost(this IEndpointRouteBuilder routes) => routes
        .MapLeadCommand(HttpMethod.Post, "opportunity/lost", WireJson.Default.OpportunityLostRequest, Read, Scopes.SalesWrite)
        .WithName("PostOpportunityLost")
        .WithSummary("Sales loses the opportunity")
        .WithDescription("Ends the cycle; the lead cannot qualify before coolDownUntil (default: the model's cool-down).");

    private static RequestedCommand Read(OpportunityLostRequest request, CommandRules rules)
    {
        rules.Actor(request.Actor);
        rules.Note(request.Note);
        rules.CoolDownUntil(request.CoolDownUntil);
        return new(
            request.Actor,
            new LoseOpportunity(request.Actor, (Domain.Qualification.LossReason)request.Reason, request.Note, request.CoolDownUntil?.ToUniversalTime()));
    }
}
