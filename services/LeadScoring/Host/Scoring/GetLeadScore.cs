using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads;
using Microsoft.AspNetCore.Mvc;

namespace LeadScoring.Host.Scoring;

/// <summary><c>GET /v1/leads/{leadId}/score</c>: why the lead has its score.</summary>
public static class GetLeadScore
{
    private static readonly Refusal NoSuchVersion =
        new(404, "model_version_not_found", "There is no such version of the scoring model; only the active one is kept so far.");

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
        ScoringModel model,
        TimeProvider clock,
        CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var validation = new Validation();
        validation.KnownOnly(http.Request.Query, "at", "model");
        var instant = validation.PastInstant("at", at, now);
        var wanted = validation.Whole("model", version, least: 1, int.MaxValue, otherwise: model.Version);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        if (wanted != model.Version) return NoSuchVersion.ToResult();

        if (await streams.ReadAsync(new(http.Caller().TenantId, leadId), ct: ct) is not { } story) return Refusal.LeadNotFound.ToResult();
        if (story.OutlineAt(instant, model) is not { } lead) return LeadRequests.UnknownThen.ToResult();
        var explanation = Explanation.Of(story.Engagements, model, instant ?? lead.ClockAt(now));
        return TypedResults.Json(ScoreViews.View(lead, explanation, model), WireJson.Default.ScoreExplanation);
    }
}
