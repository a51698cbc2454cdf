using LeadScoring.Contracts;
using LeadScoring.Domain.Qualification;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads;

namespace LeadScoring.Host.Qualification;

/// <summary><c>POST /v1/leads/{leadId}/qualify</c>: marketing's review says yes.</summary>
public static class PostQualify
{
    public static void MapPostQualify(this IEndpointRouteBuilder routes) => routes
        .MapLeadCommand(HttpMethod.Post, "qualify", WireJson.Default.QualifyRequest, Read, Scopes.MarketingWrite)
        .WithName("PostQualify")
        .WithSummary("Marketing hands the lead off to sales")
        .WithDescription("Freezes what sales will see and starts the acceptance clock. A lead already handed off stays as it is (changed: false).");

    private static RequestedCommand Read(QualifyRequest request, CommandRules rules)
    {
        rules.Actor(request.Actor);
        rules.Note(request.Note);
        return new(request.Actor, new QualifyLead(request.Actor, request.Note));
    }
}
