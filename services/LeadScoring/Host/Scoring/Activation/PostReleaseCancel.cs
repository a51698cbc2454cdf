using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Scoring.Models;

namespace LeadScoring.Host.Scoring.Activation;

/// <summary><c>POST /v1/scoring-models/{version}/newly-qualified/releases/{id}/cancel</c>: it gives no more.</summary>
public static class PostReleaseCancel
{
    public static void MapPostReleaseCancel(this IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/scoring-models/{version:int:min(1)}/newly-qualified/releases/{releaseId}/cancel", HandleAsync)
        .RequireScope(Scopes.MarketingWrite)
        .WithName("PostReleaseCancel")
        .WithTags(ModelRules.OpenApiTag)
        .WithSummary("Cancel a release")
        .WithDescription("What was handed off stays handed off; the rest is held as before. A release that has ended stays as it is.")
        .Accepts<CancelReleaseRequest>("application/json")
        .Produces<ReleaseView>()
        .ProducesRefusal(400)
        .ProducesRefusal(404);

    private static async Task<IResult> HandleAsync(HttpContext http, int version, string releaseId, TenantModels models, HeldReleases releases)
    {
        if (!(await JsonBody.ReadAsync(http, WireJson.Default.CancelReleaseRequest)).TryGet(out var request, out var malformed)) return malformed.ToResult();
        var validation = new Validation();
        validation.Text("$.actor", request.Actor, CommandRules.ActorLengthMax);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        if (await models.FindVersionAsync(http, version) is null) return ModelRules.NotFound.ToResult();
        var (tenantId, ct) = (http.Caller().TenantId, http.RequestAborted);
        if (await releases.FindAsync(tenantId, version, releaseId, ct) is not { } release) return ActivationRules.ReleaseNotFound.ToResult();
        await releases.CancelAsync(release, ct);
        return TypedResults.Json((await releases.FindAsync(tenantId, version, releaseId, ct))!.View(), WireJson.Default.ReleaseView);
    }
}
