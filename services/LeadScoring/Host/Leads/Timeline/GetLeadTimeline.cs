using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Events;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads.Listing;
using Microsoft.AspNetCore.Mvc;

namespace LeadScoring.Host.Leads.Timeline;

/// <summary><c>GET /v1/leads/{leadId}/timeline</c>: everything that happened to the lead, newest first.</summary>
public static class GetLeadTimeline
{
    public static void MapGetLeadTimeline(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/leads/{leadId:guid}/timeline", HandleAsync)
        .RequireScope(Scopes.LeadsRead)
        .WithName("GetLeadTimeline")
        .WithTags(LeadRequests.OpenApiTag)
        .WithSummary("A lead's story, newest event first")
        .WithDescription("In the order the service learnt of things: at says when each happened. limit is 1 to 200, default 50.")
        .Produces<LeadTimeline>()
        .ProducesRefusal(400)
        .ProducesRefusal(404);

    private static async Task<IResult> HandleAsync(
        HttpContext http,
        Guid leadId,
        [FromQuery] string? limit,
        [FromQuery] string? cursor,
        LeadTimelines timelines,
        TimeProvider clock,
        CancellationToken ct)
    {
        var validation = new Validation();
        validation.KnownOnly(http.Request.Query, "limit", "cursor");
        var count = validation.Whole("limit", limit, least: 1, LeadTimelines.LimitMax, LeadTimelines.LimitDefault);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();

        var lead = new StreamKey(http.Caller().TenantId, leadId);
        PageCursor? before = null;
        if (cursor is not null)
        {
            (before, var refusal) = PageCursor.Read(cursor, LeadTimelines.NameOf(lead), clock.GetUtcNow());
            if (refusal is not null) return refusal.ToResult();
        }

        return await timelines.ReadAsync(lead, before, count, ct) is { } timeline
            ? TypedResults.Json(timeline, WireJson.Default.LeadTimeline)
            : Refusal.LeadNotFound.ToResult();
    }
}
