using LeadScoring.Contracts;
using LeadScoring.Domain.Qualification;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads;

namespace LeadScoring.Host.Qualification;

/// <summary>
/// What sales does with a handoff, <c>POST /v1/leads/{leadId}/…</c>: <c>accept</c> or <c>reject</c> it, then <c>opportunity</c>,
/// <c>opportunity/won</c> and <c>opportunity/lost</c>; and what marketing may do, too: <c>recycle</c>, <c>disqualify</c> and <c>reinstate</c>.
/// </summary>
public static class SalesCommands
{
    public static void MapSalesCommands(this IEndpointRouteBuilder routes)
    {
        routes
            .MapLeadCommand(HttpMethod.Post, "accept", WireJson.Default.AcceptRequest, Accept, Scopes.SalesWrite)
            .WithName("PostAccept")
            .WithSummary("Sales accepts a handoff")
            .WithDescription("The owner works the lead from now on (default: the actor). Accepting twice changes nothing.");

        routes
            .MapLeadCommand(HttpMethod.Post, "reject", WireJson.Default.RejectRequest, Reject, Scopes.SalesWrite)
            .WithName("PostReject")
            .WithSummary("Sales rejects a handoff")
            .WithDescription(
                "Before any contact, with a reason. The lead goes back to nurture (outcome recycle, the default) or out "
                + "(disqualify); coolDownUntil goes with recycle only.");

        routes
            .MapLeadCommand(
                HttpMethod.Post, "recycle", WireJson.Default.RecycleRequest, Recycle, Scopes.SalesWrite, Scopes.MarketingWrite)
            .WithName("PostRecycle")
            .WithSummary("Return a lead to nurture")
            .WithDescription(
                "From the handoff or after acceptance, because it is not_ready, of no_response, bad_timing or other. Ends the "
                + "cycle; the lead cannot qualify before coolDownUntil (default: the model's cool-down).");

        routes
            .MapLeadCommand(HttpMethod.Post, "disqualify", WireJson.Default.DisqualifyRequest, Disqualify, Scopes.SalesWrite, Scopes.MarketingWrite)
            .WithName("PostDisqualify")
            .WithSummary("Take a lead out")
            .WithDescription("From any stage, until it is reinstated.");

        routes
            .MapLeadCommand(HttpMethod.Post, "reinstate", WireJson.Default.ReinstateRequest, Reinstate, Scopes.SalesWrite, Scopes.MarketingWrite)
            .WithName("PostReinstate")
            .WithSummary("Bring a disqualified lead back")
            .WithDescription("When its last cycle had qualified it, a new one begins, and only what it does from now on counts towards qualifying again.");

        routes
            .MapLeadCommand(HttpMethod.Post, "opportunity", WireJson.Default.OpportunityRequest, Opportunity, Scopes.SalesWrite)
            .WithName("PostOpportunity")
            .WithSummary("Sales opens an opportunity")
            .WithDescription("The lead must be accepted. Amount and currency are given together or not at all.");

        routes
            .MapLeadCommand(HttpMethod.Post, "opportunity/won", WireJson.Default.OpportunityRequest, OpportunityWon, Scopes.SalesWrite)
            .WithName("PostOpportunityWon")
            .WithSummary("Sales wins the opportunity")
            .WithDescription("Without an amount, the one the opportunity was opened with stands.");

        routes
            .MapLeadCommand(HttpMethod.Post, "opportunity/lost", WireJson.Default.OpportunityLostRequest, OpportunityLost, Scopes.SalesWrite)
            .WithName("PostOpportunityLost")
            .WithSummary("Sales loses the opportunity")
            .WithDescription("Ends the cycle; the lead cannot qualify before coolDownUntil (default: the model's cool-down).");
    }

    private static RequestedCommand Accept(AcceptRequest request, CommandRules rules)
    {
        rules.Actor(request.Actor);
        rules.Owner(request.Owner);
        rules.Note(request.Note);
        return new(request.Actor, new AcceptLead(request.Actor, request.Owner, request.Note));
    }

    private static RequestedCommand Reject(RejectRequest request, CommandRules rules)
    {
        rules.Actor(request.Actor);
        rules.Note(request.Note);
        rules.CoolDownUntil(request.CoolDownUntil);
        var outcome = (Domain.Qualification.RejectionOutcome?)request.Outcome ?? Domain.Qualification.RejectionOutcome.Recycle;
        rules.Validation.Require(
            request.CoolDownUntil is null || outcome == Domain.Qualification.RejectionOutcome.Recycle,
            "$.coolDownUntil",
            "A disqualified lead does not cool down; leave it out.");
        return new(
            request.Actor,
            new RejectLead(
                request.Actor,
                (Domain.Qualification.RejectionReason)request.Reason,
                outcome,
                request.Note,
                request.CoolDownUntil?.ToUniversalTime()));
    }

    private static RequestedCommand Recycle(RecycleRequest request, CommandRules rules)
    {
        rules.Actor(request.Actor);
        rules.Note(request.Note);
        rules.CoolDownUntil(request.CoolDownUntil);
        rules.Validation.Require(
            request.Reason is Contracts.RecycleReason.NotReady or Contracts.RecycleReason.NoResponse
                or Contracts.RecycleReason.BadTiming or Contracts.RecycleReason.Other,
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

    private static RequestedCommand Disqualify(DisqualifyRequest request, CommandRules rules)
    {
        rules.Actor(request.Actor);
        rules.Note(request.Note);
        return new(
            request.Actor,
            new DisqualifyLead(request.Actor, (Domain.Qualification.DisqualificationReason)request.Reason, request.Note));
    }

    private static RequestedCommand Reinstate(ReinstateRequest request, CommandRules rules)
    {
        rules.Actor(request.Actor);
        rules.Note(request.Note);
        return new(request.Actor, new ReinstateLead(request.Actor, request.Note));
    }

    private static RequestedCommand Opportunity(OpportunityRequest request, CommandRules rules)
    {
        rules.Actor(request.Actor);
        rules.Money(request.Amount, request.Currency);
        rules.Note(request.Note);
        return new(request.Actor, new OpenOpportunity(request.Actor, request.Amount, request.Currency, request.Note));
    }

    private static RequestedCommand OpportunityWon(OpportunityRequest request, CommandRules rules)
    {
        rules.Actor(request.Actor);
        rules.Money(request.Amount, request.Currency);
        rules.Note(request.Note);
        return new(request.Actor, new WinOpportunity(request.Actor, request.Amount, request.Currency, request.Note));
    }

    private static RequestedCommand OpportunityLost(OpportunityLostRequest request, CommandRules rules)
    {
        rules.Actor(request.Actor);
        rules.Note(request.Note);
        rules.CoolDownUntil(request.CoolDownUntil);
        return new(
            request.Actor,
            new LoseOpportunity(request.Actor, (Domain.Qualification.LossReason)request.Reason, request.Note, request.CoolDownUntil?.ToUniversalTime()));
    }
}
