using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads.Listing;
using Microsoft.AspNetCore.Mvc;

namespace LeadScoring.Host.Scoring.Models;

/// <summary><c>GET /v1/scoring-models</c>: all versions of the definition of a lead, and how far each has come.</summary>
public static class GetScoringModels
{
    private const int LimitMax = 200;
    private const int LimitDefault = 50;
    private const string CursorList = "scoring-models";

    public static void MapGetScoringModels(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-models", HandleAsync)
        .RequireScope(ModelRules.Readers)
        .WithName("GetScoringModels")
        .WithTags(ModelRules.OpenApiTag)
        .WithSummary("List the versions of the scoring model")
        .WithDescription("The latest first, the definition the service starts with last. limit is 1 to 200, default 50.")
        .Produces<ScoringModelPage>()
        .ProducesRefusal(400);

    private static async Task<IResult> HandleAsync(
        HttpContext http,
        [FromQuery(Name = "limit")] string? limit,
        [FromQuery(Name = "cursor")] string? cursor,
        TenantModels models,
        TimeProvider clock,
        CancellationToken ct)
    {
        var (now, validation) = (clock.GetUtcNow(), new Validation());
        validation.KnownOnly(http.Request.Query, "limit", "cursor");
        var most = validation.Whole("limit", limit, least: 1, LimitMax, LimitDefault);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        var (after, refusal) = cursor is null ? (null, null) : PageCursor.Read(cursor, CursorList, now);
        if (refusal is not null) return refusal.ToResult();

        await models.LookAsync(ct);
        var catalog = models.CatalogOf(http.Caller().TenantId);
        var found = catalog.Versions.Reverse().Where(v => after is null || v.Version < after.Value.SortKey).Take(most + 1).ToList();
        var shown = found.Take(most).Select(v => ModelViews.Summary(catalog, v, now)).ToList();
        var next = found.Count > most ? new PageCursor(shown[^1].Version, Guid.Empty).Write(CursorList, now) : null;
        return TypedResults.Json(new ScoringModelPage(shown, next), WireJson.Default.ScoringModelPage);
    }
}
