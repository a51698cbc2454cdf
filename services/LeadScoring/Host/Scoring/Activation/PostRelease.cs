using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Scoring.Models;

namespace LeadScoring.Host.Scoring.Activation;

/// <summary><c>POST /v1/scoring-models/{version}/newly-qualified/release</c>: marketing hands held leads off, some now or some a day.</summary>
public static class PostRelease
{
    public static void MapPostRelease(this IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/scoring-models/{version:int:min(1)}/newly-qualified/release", HandleAsync)
        .RequireScope(Scopes.MarketingWrite)
        .WithName("PostRelease")
        .WithTags(ModelRules.OpenApiTag)
        .WithSummary("Release held leads to sales")
        .WithDescription(
            "The best score first, each by an ordinary handoff after marketing's review; those whose cool-down has not ended are passed over. count: so "
            + "many now. perDay: so many each UTC day, never more, until none is left or the release is cancelled. A repeat with the same id answers "
            + "what has become of it and sends nothing twice. state open: the service goes on with it.")
        .Accepts<ReleaseRequest>("application/json")
        .Produces<ReleaseView>()
        .ProducesRefusal(400)
        .ProducesRefusal(404)
        .ProducesRefusal(409)
        .ProducesRefusal(422);

    private static async Task<IResult> HandleAsync(HttpContext http, int version, TenantModels models, HeldReleases releases, TimeProvider clock)
    {
        if (!(await JsonBody.ReadAsync(http, WireJson.Default.ReleaseRequest)).TryGet(out var request, out var malformed)) return malformed.ToResult();
        var validation = new Validation();
        ActivationRules.Check(request, validation);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        if (await models.FindVersionAsync(http, version) is null) return ModelRules.NotFound.ToResult();

        var asked = HeldRelease.Of(http.Caller().TenantId, version, request, clock.GetUtcNow());
        if (await releases.PutAsync(asked, http.RequestAborted) is not { } release) return ActivationRules.TooManyReleases.ToResult();
        if (!release.AsksTheSameAs(asked)) return ActivationRules.ReleaseIdReused.ToResult();

        // What is not done when the client has left, or the writer takes nothing, is done by the loop.
        if (release is { EndedAt: null }) await releases.RunAsync(release, timeMax: null, http.RequestAborted);
        var done = await releases.FindAsync(release.TenantId, version, release.Id, http.RequestAborted);
        return TypedResults.Json(done!.View(), WireJson.Default.ReleaseView);
    }
}
