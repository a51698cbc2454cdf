using LeadScoring.Contracts;
using LeadScoring.Domain.Qualification;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads;

namespace LeadScoring.Host.Qualification;

/// <summary><c>POST /v1/leads/{leadId}/decline</c>: marketing's review says not yet.</summary>
public static class PostDecline
{
    public static void MapPostDecline(this IEndpointRouteBuilder routes) => routes
        .MapLeadCommand(HttpMethod.Post, "decline", WireJson.Default.DeclineRequest, Read, Scopes.MarketingWrite)
        .WithName("PostDecline")
        .WithSummary("Marketing sends the lead back to nurture")
        .WithDescription("Ends the cycle; the lead cannot qualify before coolDownUntil (default: the model's cool-down).");

    private static RequestedCommand Read(DeclineRequest request, CommandRules rules)
    {
        rules.Actor(request.Actor);
        rules.Note(request.Note);
        rules.CoolDownUntil(request.CoolDownUntil);
        return new(request.Actor, new DeclineLead(request.Actor, request.Note, request.CoolDownUntil?.ToUniversalTime()));
    }
}
