using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using Microsoft.AspNetCore.Mvc;

namespace LeadScoring.Host.Leads.Listing;

/// <summary>Query parameters of <c>GET /v1/leads</c>, as they were sent.</summary>
public sealed record LeadListParameters(
    [FromQuery(Name = "stage")] string[]? Stage,
    [FromQuery(Name = "grade")] string[]? Grade,
    [FromQuery(Name = "minScore")] string? MinScore,
    [FromQuery(Name = "source")] string? Source,
    [FromQuery(Name = "campaign")] string? Campaign,
    [FromQuery(Name = "owner")] string? Owner,
    [FromQuery(Name = "engagedSince")] string? EngagedSince,
    [FromQuery(Name = "queue")] string? Queue,
    [FromQuery(Name = "sort")] string? Sort,
    [FromQuery(Name = "limit")] string? Limit,
    [FromQuery(Name = "cursor")] string? Cursor);

/// <summary><c>GET /v1/leads</c>: a page of leads by filter.</summary>
public static class GetLeads
{
    public static void MapGetLeads(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/leads", HandleAsync)
        .RequireScope(Scopes.LeadsRead)
        .WithName("GetLeads")
        .WithTags(LeadRequests.OpenApiTag)
        .WithSummary("List leads")
        .WithDescription(
            "Filters: stage and grade (may be repeated), minScore, source, campaign, owner, engagedSince. queue=review shows "
            + "the leads that wait for marketing's review, queue=sales those that wait for sales' answer. sort is score "
            + "(default), last_engaged_at or updated_at, always descending. limit is 1 to 200, default 50. Scores are the "
            + "stored ones, within max(0.5 point, 1 %) of now; a lead read by id shows the exact one.")
        .Produces<LeadPage>()
        .ProducesRefusal(400);

    private static async Task<IResult> HandleAsync(
        HttpContext http, [AsParameters] LeadListParameters parameters, LeadList leads, TimeProvider clock, CancellationToken ct)
    {
        var (query, refusal) = LeadQueryReader.Read(http.Request.Query, parameters, clock.GetUtcNow());
        return query is null
            ? refusal!.ToResult()
            : TypedResults.Json(await leads.ReadAsync(http.Caller().TenantId, query, ct), WireJson.Default.LeadPage);
    }
}
