using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Scoring.Shadow;
using Microsoft.AspNetCore.Mvc;

namespace LeadScoring.Host.Scoring;

/// <summary><c>GET /v1/leads/{leadId}/score</c>: why the lead has its score.</summary>
public static class GetLeadScore
{
    private static readonly Refusal NoSuchVersion =
        new(404, "model_version_not_found", "The tenant has no such version of the scoring model.");

    public static void MapGetLeadScore(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/leads/{leadId:guid}/score", HandleAsync)
        .RequireScope(Scopes.LeadsRead)
        .WithName("GetLeadScore")
        .WithTags(LeadRequests.OpenApiTag)
        .WithSummary("Explain a lead's score")
        .WithDescription(
            "Every engagement's contribution, with 0 points those that are frequency-capped, suspected to be a bot's or retracted, "
            + "and the corrections of caps, floor and ceiling; the lines add up to the score exactly as shown. at explains a past "
            + "instant, under the model that held then; knownAt leaves out all that was stored later (see the lead); model asks "
            + "for any version instead, also one that never held.")
        .Produces<ScoreExplanation>()
        .ProducesRefusal(400)
        .ProducesRefusal(404);

    private static async Task<IResult> HandleAsync(
        HttpContext http,
        Guid leadId,
        [FromQuery] string? at,
        [FromQuery] string? knownAt,
        [FromQuery(Name = "model")] string? version,
        TimeTravel travel,
        ShadowScores shadows,
        TenantModels models,
        TimeProvider clock,
        CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        var now = clock.GetUtcNow();
        var validation = new Validation();
        validation.KnownOnly(http.Request.Query, "at", "knownAt", "model");
        var asked = AsOf.Read(validation, at, knownAt, now);
        var wanted = validation.Whole("model", version, least: 1, int.MaxValue, otherwise: 0);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        models.EnsureReadable(tenantId);
        var moment = asked ?? new(now, KnownAt: now);
        var model = wanted > 0 ? await models.FindAsync(tenantId, wanted, ct)
            : asked is null ? models.Now(tenantId)
            : await travel.ModelAsync(tenantId, moment, ct);
        if (model is null) return NoSuchVersion.ToResult();

        // Now is not a moment of the past: what another instance's clock stored a little ahead counts as well.
        var (story, exists) = await travel.StoryAsync(new(tenantId, leadId), asked is null ? moment with { KnownAt = null } : moment, ct);
        if (!exists) return Refusal.LeadNotFound.ToResult();
        if (story is null || TimeTravel.OutlineAt(story, moment, model) is not { } lead) return LeadRequests.UnknownThen.ToResult();
        var explanation = Explanation.Of(story.History, model, moment.TakesAll ? lead.ClockAt(moment.At) : moment.At);
        var known = lead with { Version = story.Events[^1].Recorded.Version };
        var shadow = asked is null && wanted == 0 ? await shadows.FindAsync(new() { Id = leadId, TenantId = tenantId, Lead = known }, now, ct) : null;
        return TypedResults.Json(ScoreViews.View(lead, explanation, model) with { Shadow = shadow }, WireJson.Default.ScoreExplanation);
    }
}
