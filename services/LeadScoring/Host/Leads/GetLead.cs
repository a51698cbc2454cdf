using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Access;
using LeadScoring.Host.Events;
using LeadScoring.Host.Http;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Scoring.Shadow;
using Microsoft.AspNetCore.Mvc;

namespace LeadScoring.Host.Leads;

/// <summary><c>GET /v1/leads/{leadId}</c>: the lead now, or as it was at an instant.</summary>
public static class GetLead
{
    public static void MapGetLead(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/leads/{leadId:guid}", HandleAsync)
        .RequireScope(Scopes.LeadsRead)
        .WithName("GetLead")
        .WithTags(LeadRequests.OpenApiTag)
        .WithSummary("One lead, now or at an instant")
        .WithDescription(
            "The score is exact at scoreAsOf. at shows the lead as of a past time, by when things happened, however late the "
            + "service heard of them, under the model that held then; an engagement that was retracted since never was. knownAt "
            + "leaves out all that the service stored later: what somebody was shown at a time is at and knownAt of that time, or "
            + "knownAt alone. An at after knownAt shows how that would have decayed. The ETag is the version, to be sent with "
            + "commands as If-Match; since a score decays, and follows the model, without a new version, If-None-Match is answered with "
            + "304 only for leads nothing of which can decay and to which something happened since the model holds. shadow says what the versions in shadow make of the lead now.")
        .Produces<LeadView>()
        .Produces(StatusCodes.Status304NotModified)
        .ProducesRefusal(400)
        .ProducesRefusal(404);

    private static async Task HandleAsync(
        HttpContext http,
        Guid leadId,
        [FromQuery] string? at,
        [FromQuery] string? knownAt,
        LeadReader leads,
        ShadowScores shadows,
        TimeTravel travel,
        TenantModels models,
        TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        var validation = new Validation();
        validation.KnownOnly(http.Request.Query, "at", "knownAt");
        var asked = AsOf.Read(validation, at, knownAt, now);
        if (validation.ToRefusal() is { } invalid)
        {
            await Problems.WriteAsync(http, invalid);
            return;
        }

        var tenantId = http.Caller().TenantId;
        if (asked is { } moment)
        {
            await WriteThenAsync(http, new(tenantId, leadId), moment, travel);
        }
        else if (await leads.FindAsync(tenantId, leadId) is { } row)
        {
            await WriteAsync(http, row, models, now, await shadows.FindAsync(row, now, http.RequestAborted));
        }
        else
        {
            await Problems.WriteAsync(http, Refusal.LeadNotFound);
        }
    }

    private static Task WriteAsync(HttpContext http, LeadDocument row, TenantModels models, DateTimeOffset now, IReadOnlyList<LeadShadow>? shadow)
    {
        var model = models.Of(row);
        http.Response.Headers.ETag = VersionTags.Of(row.Lead.Version);
        if (shadow is null && VersionTags.IsKnown(http.Request, row.Lead.Version)
            && CannotDecay(row, model) && !(models.Of(row.TenantId).HeldSince(now) > row.UpdatedAt))
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        return LeadJson.WriteAsync(http, row, model, now, shadow);
    }

    private static async Task WriteThenAsync(HttpContext http, StreamKey lead, AsOf moment, TimeTravel travel)
    {
        var (story, exists) = await travel.StoryAsync(lead, moment, http.RequestAborted);
        var model = await travel.ModelAsync(lead.TenantId, moment, http.RequestAborted);
        if (story is not null && TimeTravel.DocumentAt(story, moment, model) is { } then)
        {
            await LeadJson.WriteAsync(http, then, model, moment.At);
        }
        else
        {
            await Problems.WriteAsync(http, exists ? LeadRequests.UnknownThen : Refusal.LeadNotFound);
        }
    }

    private static bool CannotDecay(LeadDocument row, ScoringModel model) =>
        row.Lead.Score.Rules.All(r => model.RuleNamed(r.Rule).HalfLifeDays is null);
}
