using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Engagements.Verdicts;

/// <summary><c>POST /v1/engagements/restorations</c>: engagements are genuine. 200 when it is over, 202 while it is not.</summary>
public static class PostRestoration
{
    public static void MapPostRestoration(this IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/engagements/restorations", HandleAsync)
        .RequireScope(Scopes.MarketingWrite)
        .WithName("PostRestoration")
        .WithTags(VerdictRules.OpenApiTag)
        .WithSummary("Restore engagements that are genuine")
        .WithDescription(
            "By ids: what was retracted counts again, and what a model takes for a bot's (suspected_bot) counts, under every model. By "
            + "retractionId: all that this retraction took away and nothing has spoken of since. What takes longer goes on in the background "
            + "(202): ask for it at the Location.")
        .Accepts<RestorationRequest>("application/json")
        .Produces<RetractionView>()
        .Produces<RetractionView>(StatusCodes.Status202Accepted)
        .ProducesRefusal(400)
        .ProducesRefusal(404)
        .ProducesRefusal(409)
        .ProducesRefusal(422);

    private static async Task<IResult> HandleAsync(HttpContext http, VerdictStore store, VerdictWork work, TimeProvider clock)
    {
        var body = await JsonBody.ReadAsync(http, WireJson.Default.RestorationRequest, VerdictRules.BodyBytesMax);
        if (!body.TryGet(out var request, out var refusal)) return refusal.ToResult();
        var validation = new Validation();
        VerdictRules.Check(request, validation);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();

        var tenantId = http.Caller().TenantId;
        var key = new VerdictKey(tenantId, VerdictKind.Restoration, request.RestorationId);
        var hash = VerdictRules.HashOf(request);
        return await VerdictEndpoints.AnswerAsync(
            http, key, hash, isWanted: true, MakeAsync, store, work, $"/v1/engagements/restorations/{request.RestorationId}");

        async Task<Refusal?> MakeAsync()
        {
            if (request.RetractionId is { } retractionId)
            {
                var retraction = await store.FindAsync(new(tenantId, VerdictKind.Retraction, retractionId), http.RequestAborted);
                if (retraction is null) return VerdictRules.NotFound(VerdictKind.Retraction);
                if (retraction.State is not (VerdictState.Done or VerdictState.Failed)) return VerdictRules.RetractionNotDone;
            }

            var verdict = new Verdict(
                hash, Window: null, request.RetractionId, request.Reason, request.Actor, VerdictState.Finding, IsWanted: true, 0, 0, Engagements: 0, UnknownIds: 0, Failure: null, clock.GetUtcNow(), FinishedAt: null);
            await store.AddAsync(key, verdict, VerdictRules.NamesOf(request.Ids), http.RequestAborted);
            return null;
        }
    }
}
