using LeadScoring.Contracts;
using LeadScoring.Domain.Qualification;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads;
using RejectionOutcome = LeadScoring.Domain.Qualification.RejectionOutcome;
using RejectionReason = LeadScoring.Domain.Qualification.RejectionReason;

namespace LeadScoring.Host.Qualification;

/// <summary><c>POST /v1/leads/{leadId}/reject</c>: sales sends the handoff back before any contact.</summary>
public static class PostReject
{
    public static void MapPostReject(this IEndpointRouteBuilder routes) => routes
        .MapLeadCommand(HttpMethod.Post, "reject", WireJson.Default.RejectRequest, Read, Scopes.SalesWrite)
        .WithName("PostReject")
        .WithSummary("Sales rejects a handoff")
        .WithDescription(
            "Before any contact, with a reason. The lead goes back to nurture (outcome recycle, the default) or out "
            + "(disqualify); coolDownUntil goes with recycle only.");

    private static RequestedCommand Read(RejectRequest request, CommandRules rules)
    {
        rules.Actor(request.Actor);
        rules.Note(request.Note);
        rules.CoolDownUntil(request.CoolDownUntil);
        var outcome = (RejectionOutcome?)request.Outcome ?? RejectionOutcome.Recycle;
        rules.Validation.Require(
            request.CoolDownUntil is null || outcome == RejectionOutcome.Recycle,
            "$.coolDownUntil",
            "A disqualified lead does not cool down; leave it out.");
        return new(
            request.Actor,
            new RejectLead(
                request.Actor, (RejectionReason)request.Reason, outcome, request.Note, request.CoolDownUntil?.ToUniversalTime()));
    }
}
