using LeadScoring.Contracts;
using LeadScoring.Domain.Qualification;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads;

namespace LeadScoring.Host.Qualification;

/// <summary>What marketing's review says, <c>POST /v1/leads/{leadId}/…</c>: <c>qualify</c> and <c>decline</c>.</summary>
public static class MarketingCommands
{
    public static void MapMarketingCommands(this IEndpointRouteBuilder routes)
    {
        routes
            .MapLeadCommand(HttpMethod.Post, "qualify", WireJson.Default.QualifyRequest, Qualify, Scopes.MarketingWrite)
            .WithName("PostQualify")
            .WithSummary("Marketing hands the lead off to sales")
            .WithDescription("Freezes what sales will see and starts the acceptance clock. A lead already handed off stays as it is (changed: false).");

        routes
            .MapLeadCommand(HttpMethod.Post, "decline", WireJson.Default.DeclineRequest, Decline, Scopes.MarketingWrite)
            .WithName("PostDecline")
            .WithSummary("Marketing sends the lead back to nurture")
            .WithDescription("Ends the cycle; the lead cannot qualify before coolDownUntil (default: the model's cool-down).");
    }

    private static RequestedCommand Qualify(QualifyRequest request, CommandRules rules)
    {
        rules.Actor(request.Actor);
        rules.Note(request.Note);
        return new(request.Actor, new QualifyLead(request.Actor, request.Note));
    }

    private static RequestedCommand Decline(DeclineRequest request, CommandRules rules)
    {
        rules.Actor(request.Actor);
        rules.Note(request.Note);
        rules.CoolDownUntil(request.CoolDownUntil);
        return new(request.Actor, new DeclineLead(request.Actor, request.Note, request.CoolDownUntil?.ToUniversalTime()));
    }
}
