using LeadScoring.Contracts;
using LeadScoring.Domain.Qualification;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads;
using RecycleReason = LeadScoring.Contracts.RecycleReason;

namespace LeadScoring.Host.Qualification;

/// <summary><c>POST /v1/leads/{leadId}/recycle</c>: not ripe, not lost, back to nurture.</summary>
public static class PostRecycle
{
    public static void MapPostRecycle(this IEndpointRouteBuilder routes) => routes
        .MapLeadCommand(
            HttpMethod.Post, "recycle", WireJson.Default.RecycleRequest, Read, Scopes.SalesWrite, Scopes.MarketingWrite)
        .WithName("PostRecycle")
        .WithSummary("Return a lead to nurture")
        .WithDescription(
            "From the handoff or after acceptance, because it is not_ready, of no_response, bad_timing or other. Ends the "
            + "cycle; the lead cannot qualify before coolDownUntil (default: the model's cool-down).");

    private static RequestedCommand Read(RecycleRequest request, CommandRules rules)
    {
        rules.Actor(request.Actor);
        rules.Note(request.Note);
        rules.CoolDownUntil(request.CoolDownUntil);
        rules.Validation.Require(
            request.Reason is RecycleReason.NotReady or RecycleReason.NoResponse or RecycleReason.BadTiming or RecycleReason.Other,
            "$.reason",
            "One of not_ready, no_response, bad_timing, other is expected; decline, reject and opportunity/lost set the others.");
        return new(
            request.Actor,
            new RecycleLead(
                request.Actor,
                (Domain.Qualification.RecycleReason)request.Reason,
                request.Note,
                request.CoolDownUntil?.ToUniversalTime()));
    }
}
