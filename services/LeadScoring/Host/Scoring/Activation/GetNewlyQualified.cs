using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads.Listing;
using LeadScoring.Host.Scoring.Models;
using Microsoft.AspNetCore.Mvc;

namespace LeadScoring.Host.Scoring.Activation;

/// <summary><c>GET /v1/scoring-models/{version}/newly-qualified</c>: who crossed only because the model changed.</summary>
public static class GetNewlyQualified
{
    private const int LimitMax = 200;
    private const int LimitDefault = 50;

    private static readonly Dictionary<string, Grade> Grades = Enum.GetValues<Grade>().ToDictionary(g => g.ToString());

    public static void MapGetNewlyQualified(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-models/{version:int:min(1)}/newly-qualified", HandleAsync)
        .RequireScope(Scopes.LeadsRead)
        .WithName("GetNewlyQualified")
        .WithTags(ModelRules.OpenApiTag)
        .WithSummary("Leads that crossed only because the model changed")
        .WithDescription(
            "They go nowhere by themselves: marketing releases them in slices or drops them. Best score first; grade may be repeated; limit is 1 to "
            + "200, default 50. countByGrade counts all that are held for the version.")
        .Produces<HeldLeadPage>()
        .ProducesRefusal(400)
        .ProducesRefusal(404);

    private static async Task<IResult> HandleAsync(
        HttpContext http,
        int version,
        [FromQuery(Name = "grade")] string[]? grade,
        [FromQuery(Name = "limit")] string? limit,
        [FromQuery(Name = "cursor")] string? cursor,
        TenantModels models,
        HeldLeads held,
        TimeProvider clock,
        CancellationToken ct)
    {
        var (now, validation) = (clock.GetUtcNow(), new Validation());
        validation.KnownOnly(http.Request.Query, "grade", "limit", "cursor");
        Grade[] grades = [.. (grade ?? []).Select(g => validation.Code("grade", g, Grades)).OfType<Grade>()];
        var most = validation.Whole("limit", limit, least: 1, LimitMax, LimitDefault);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        var list = $"newly qualified {version} {string.Join(',', HeldLeads.TextsOf(grades))}";
        var (after, refusal) = cursor is null ? (null, null) : PageCursor.Read(cursor, list, now);
        if (refusal is not null) return refusal.ToResult();
        if (await models.FindVersionAsync(http, version) is null) return ModelRules.NotFound.ToResult();

        // One more than the page holds was asked for: it tells that there is a next page.
        var tenantId = http.Caller().TenantId;
        var found = await held.ListAsync(tenantId, version, grades, after, most + 1, ct);
        var next = found.Count > most ? found[most - 1].Place.Write(list, now) : null;
        var counts = await held.CountAsync(tenantId, version, ct);
        return TypedResults.Json(new HeldLeadPage([.. found.Take(most).Select(l => l.View)], counts, next), WireJson.Default.HeldLeadPage);
    }
}
