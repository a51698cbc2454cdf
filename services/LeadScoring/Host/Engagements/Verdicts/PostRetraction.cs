using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Engagements.Verdicts;

/// <summary><c>POST /v1/engagements/retractions</c>: engagements were none. 200 when it is over, 202 while it is not.</summary>
public static class PostRetraction
{
    public static void MapPostRetraction(this IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/engagements/retractions", HandleAsync)
        .RequireScope(Scopes.MarketingWrite)
        .WithName("PostRetraction")
        .WithTags(VerdictRules.OpenApiTag)
        .WithSummary("Retract engagements that were none")
        .WithDescription(
            "By ids, or by when they occurred and, if given, source, type and campaign. Scores fall as if they had never been; stages stay, "
            + "and where sales has the lead, lead.evidence_retracted tells it. Nothing is deleted: the timeline shows both. With dryRun it is "
            + "only said how many engagements and leads it is about and in which stages; the same body without dryRun then retracts exactly "
            + "those. Engagements posted later are not retracted, and a repeat of a retracted one stays a duplicate. What takes longer goes on "
            + "in the background (202): ask for it at the Location. Producers' keys cannot: it needs marketing:write.")
        .Accepts<RetractionRequest>("application/json")
        .Produces<RetractionView>()
        .Produces<RetractionView>(StatusCodes.Status202Accepted)
        .ProducesRefusal(400)
        .ProducesRefusal(409)
        .ProducesRefusal(422);

    private static async Task<IResult> HandleAsync(HttpContext http, VerdictStore store, VerdictWork work, TimeProvider clock)
    {
        var body = await JsonBody.ReadAsync(http, WireJson.Default.RetractionRequest, VerdictRules.BodyBytesMax);
        if (!body.TryGet(out var request, out var refusal)) return refusal.ToResult();
        var now = clock.GetUtcNow();
        var validation = new Validation();
        VerdictRules.Check(request, now, validation);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();

        var key = new VerdictKey(http.Caller().TenantId, VerdictKind.Retraction, request.RetractionId);
        var hash = VerdictRules.HashOf(request);
        return await VerdictEndpoints.AnswerAsync(
            http, key, hash, isWanted: !request.DryRun, MakeAsync, store, work, $"/v1/engagements/retractions/{request.RetractionId}");

        async Task<Refusal?> MakeAsync()
        {
            var window = request.Filter is { } f ? new EngagementWindow(f.Source, f.Type, f.Campaign, f.From, f.To) : null;
            var end = window is null ? 0 : await work.FindEndAsync(http.RequestAborted);
            var verdict = new Verdict(
                hash, window, OfRetraction: null, request.Reason, request.Actor, VerdictState.Finding, !request.DryRun, LogPosition: 0, end, Engagements: 0, UnknownIds: 0, Failure: null, now, FinishedAt: null);
            await store.AddAsync(key, verdict, VerdictRules.NamesOf(request.Ids), http.RequestAborted);
            return null;
        }
    }
}
