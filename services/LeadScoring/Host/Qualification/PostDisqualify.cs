using LeadScoring.Contracts;
using LeadScoring.Domain.Qualification;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads;

namespace LeadScoring.Host.Qualification;

/// <summary><c>POST /v1/leads/{leadId}/disqualify</c>: the lead is out, after contact.</summary>
public static class PostDisqualify
{
    public static void MapPostDisqualify(this IEndpointRouteBuilder routes) => routes
        .MapLeadCommand(HttpMethod.Post, "disqualify", WireJson.Default.DisqualifyRequest, Read, Scopes.SalesWrite, Scopes.MarketingWrite)
        .WithName("PostDisqualify")
        .WithSummary("Take a lead out")
        .WithDescription("From any stage, until it is reinstated.");

    private static RequestedCommand Read(DisqualifyRequest request, CommandRules rules)
    {
        rules.Actor(request.Actor);
        rules.Note(request.Note);
        return new(
            request.Actor,
            new DisqualifyLead(request.Actor, (Domain.Qualification.DisqualificationReason)request.Reason, request.Note));
    }
}
