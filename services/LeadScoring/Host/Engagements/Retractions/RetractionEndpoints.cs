using System.Diagnostics;
using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Jobs;

namespace LeadScoring.Host.Engagements.Retractions;

/// <summary>
/// <c>/v1/engagements/retractions</c>: engagements were none. <c>/v1/engagements/restorations</c>: they are genuine. 200 when it is over,
/// 202 while it is not.
/// </summary>
public static class RetractionEndpoints
{
    private const string Retractions = "/v1/engagements/retractions";
    private const string Restorations = "/v1/engagements/restorations";

    /// <summary>How long a request waits for its end before it answers that it goes on.</summary>
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);

    /// <summary>Needs the documents, the data source, the writer and the clock beside these.</summary>
    public static IServiceCollection AddRetractions(this IServiceCollection services) => services
        .AddSingleton<RetractionStore>()
        .AddSingleton<RetractionWork>()
        .AddSingleton<ILongWork>(s => s.GetRequiredService<RetractionWork>());

    public static void MapRetractions(this IEndpointRouteBuilder routes)
    {
        routes.MapAsk(Retractions, RetractAsync)
            .WithName("PostRetraction")
            .WithSummary("Retract engagements that were none")
            .WithDescription(
                "By ids, or by when they occurred and, if given, source, type and campaign. Scores fall as if they had never been; stages stay, "
                + "and where sales has the lead, lead.evidence_retracted tells it. Nothing is deleted: the timeline shows both. With dryRun it is "
                + "only said how many engagements and leads it is about and in which stages; the same body without dryRun then retracts exactly "
                + "those. Engagements posted later are not retracted, and a repeat of a retracted one stays a duplicate. What takes longer goes on "
                + "in the background (202): ask for it at the Location. Producers' keys cannot: it needs marketing:write.")
            .Accepts<RetractionRequest>("application/json");
        routes.MapAsk(Restorations, RestoreAsync)
            .WithName("PostRestoration")
            .WithSummary("Restore engagements that are genuine")
            .WithDescription(
                "By ids: what was retracted counts again, and what a model takes for a bot's (suspected_bot) counts, under every model. By "
                + "retractionId: all that this retraction took away and nothing has spoken of since. What takes longer goes on in the background "
                + "(202): ask for it at the Location.")
            .Accepts<RestorationRequest>("application/json")
            .ProducesRefusal(404);
        routes.MapLook(Retractions, RetractionKind.Retraction)
            .WithName("GetRetraction")
            .WithSummary("How far a retraction is");
        routes.MapLook(Restorations, RetractionKind.Restoration)
            .WithName("GetRestoration")
            .WithSummary("How far a restoration is");
    }

    private static RouteHandlerBuilder MapAsk(this IEndpointRouteBuilder routes, string path, Delegate handler) => routes
        .MapPost(path, handler)
        .RequireScope(Scopes.MarketingWrite)
        .WithTags(RetractionRules.OpenApiTag)
        .Produces<RetractionView>()
        .Produces<RetractionView>(StatusCodes.Status202Accepted)
        .ProducesRefusal(400)
        .ProducesRefusal(409)
        .ProducesRefusal(422);

    private static RouteHandlerBuilder MapLook(this IEndpointRouteBuilder routes, string path, RetractionKind kind) => routes
        .MapGet($"{path}/{{id:guid}}", async (HttpContext http, Guid id, RetractionStore store, CancellationToken ct) =>
        {
            var validation = new Validation();
            validation.KnownOnly(http.Request.Query);
            if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
            return await ViewAsync(new(http.Caller().TenantId, kind, id), store, ct) is { } view
                ? TypedResults.Json(view, WireJson.Default.RetractionView)
                : RetractionRules.NotFound(kind).ToResult();
        })
        .RequireScope(Scopes.MarketingWrite, Scopes.LeadsRead)
        .WithTags(RetractionRules.OpenApiTag)
        .Produces<RetractionView>()
        .ProducesRefusal(400)
        .ProducesRefusal(404);

    private static async Task<IResult> RetractAsync(HttpContext http, RetractionStore store, RetractionWork work, TimeProvider clock)
    {
        var body = await JsonBody.ReadAsync(http, WireJson.Default.RetractionRequest, RetractionRules.BodyBytesMax);
        if (!body.TryGet(out var request, out var refusal)) return refusal.ToResult();
        var now = clock.GetUtcNow();
        var validation = new Validation();
        RetractionRules.Check(request, now, validation);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();

        var key = new RetractionKey(http.Caller().TenantId, RetractionKind.Retraction, request.RetractionId);
        var asked = New(key, RetractionRules.HashOf(request), request.Actor, request.Reason, now) with { IsWanted = !request.DryRun };
        return await AnswerAsync(http, asked, MakeAsync, store, $"{Retractions}/{request.RetractionId}");

        async Task<Refusal?> MakeAsync()
        {
            var window = request.Filter is { } f ? new EngagementWindow(f.Source, f.Type, f.Campaign, f.From, f.To) : null;
            var end = window is null ? 0 : await work.FindEndAsync(http.RequestAborted);
            await store.AddAsync(asked with { Window = window, LogEnd = end }, RetractionRules.NamesOf(request.Ids), of: null, http.RequestAborted);
            return null;
        }
    }

    private static async Task<IResult> RestoreAsync(HttpContext http, RetractionStore store, TimeProvider clock)
    {
        var body = await JsonBody.ReadAsync(http, WireJson.Default.RestorationRequest, RetractionRules.BodyBytesMax);
        if (!body.TryGet(out var request, out var refusal)) return refusal.ToResult();
        var validation = new Validation();
        RetractionRules.Check(request, validation);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();

        var key = new RetractionKey(http.Caller().TenantId, RetractionKind.Restoration, request.RestorationId);
        var asked = New(key, RetractionRules.HashOf(request), request.Actor, request.Reason, clock.GetUtcNow()) with { OfRetraction = request.RetractionId };
        return await AnswerAsync(http, asked, MakeAsync, store, $"{Restorations}/{request.RestorationId}");

        async Task<Refusal?> MakeAsync()
        {
            Retraction? of = null;
            if (request.RetractionId is { } retractionId)
            {
                of = await store.FindAsync(key with { Kind = RetractionKind.Retraction, Id = retractionId }, http.RequestAborted);
                if (of is null) return RetractionRules.NotFound(RetractionKind.Retraction);
                if (of.State is not (RetractionState.Done or RetractionState.Failed)) return RetractionRules.RetractionNotDone;
            }

            await store.AddAsync(asked, RetractionRules.NamesOf(request.Ids), of, http.RequestAborted);
            return null;
        }
    }

    private static Retraction New(RetractionKey key, byte[] hash, string actor, string reason, DateTimeOffset now) => new()
    {
        Id = key.DocumentId,
        TenantId = key.TenantId,
        Kind = key.Kind,
        RequestId = key.Id,
        Hash = hash,
        Actor = actor,
        Reason = reason,
        State = RetractionState.Finding,
        IsWanted = true,
        CreatedAt = now,
    };

    /// <summary>What is stored under the key already, or now is, and is waited for for a moment.</summary>
    /// <param name="makeAsync">Stores it when there is nothing, unless there are too many; not called otherwise.</param>
    private static async Task<IResult> AnswerAsync(
        HttpContext http, Retraction asked, Func<Task<Refusal?>> makeAsync, RetractionStore store, string location)
    {
        var (key, ct) = (asked.Key, http.RequestAborted);
        if (await store.FindAsync(key, ct) is null && await makeAsync() is { } refusal) return refusal.ToResult();
        if (await store.FindAsync(key, ct) is not { } known) return RetractionRules.TooMany.ToResult();
        if (!known.Hash.AsSpan().SequenceEqual(asked.Hash)) return RetractionRules.Reused(key.Kind).ToResult();
        if (asked.IsWanted && !known.IsWanted) await store.WantAsync(key, ct);
        for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < WaitMax; await Task.Delay(LookEvery, ct))
        {
            if (await store.FindAsync(key, ct) is not { IsOver: false }) break;
        }

        var view = (await ViewAsync(key, store, ct))!;
        if (view.State is not (RetractionState.Finding or RetractionState.Applying)) return TypedResults.Json(view, WireJson.Default.RetractionView);
        http.Response.Headers.Location = location;
        return TypedResults.Json(view, WireJson.Default.RetractionView, statusCode: StatusCodes.Status202Accepted);
    }

    private static async Task<RetractionView?> ViewAsync(RetractionKey key, RetractionStore store, CancellationToken ct)
    {
        if (await store.FindAsync(key, ct) is not { } retraction) return null;
        return new(
            key.Id,
            retraction.State,
            !retraction.IsWanted,
            retraction.Actor,
            retraction.Reason,
            retraction.Engagements,
            retraction.UnknownIds,
            retraction.Leads,
            retraction.LeadsDone,
            await store.StagesAsync(retraction, ct),
            retraction.CreatedAt,
            retraction.FinishedAt,
            retraction.Failure);
    }
}
