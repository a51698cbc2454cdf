using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Scoring.Models;
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
            "Every engagement's contribution, the frequency-capped ones with 0 points, and the corrections of caps, floor and "
            + "ceiling; the lines add up to the score exactly as shown. at explains a past instant, model a model version.")
        .Produces<ScoreExplanation>()
        .ProducesRefusal(400)
        .ProducesRefusal(404);

    private static async Task<IResult> HandleAsync(
        HttpContext http,
        Guid leadId,
        [FromQuery] string? at,
        [FromQuery(Name = "model")] string? version,
        LeadStreams streams,
        TenantModels models,
        TimeProvider clock,
        CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        var now = clock.GetUtcNow();
        var validation = new Validation();
        validation.KnownOnly(http.Request.Query, "at", "model");
        var instant = validation.PastInstant("at", at, now);
        var timeline = models.Of(tenantId);
        var wanted = validation.Whole("model", version, least: 1, int.MaxValue, otherwise: timeline.At(instant ?? now).Version);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        if (timeline.WithVersion(wanted) is not { } model) return NoSuchVersion.ToResult();

        if (await streams.ReadAsync(new(tenantId, leadId), ct: ct) is not { } story) return Refusal.LeadNotFound.ToResult();
        if (story.OutlineAt(instant, model) is not { } lead) return LeadRequests.UnknownThen.ToResult();
        var explanation = Explanation.Of(story.History, model, instant ?? lead.ClockAt(now));
        return TypedResults.Json(ScoreViews.View(lead, explanation, model), WireJson.Default.ScoreExplanation);
    }
}
