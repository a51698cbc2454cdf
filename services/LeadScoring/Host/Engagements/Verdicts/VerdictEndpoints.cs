using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Operations;

namespace LeadScoring.Host.Engagements.Verdicts;

/// <summary>What asking for a retraction and for a restoration have in common.</summary>
public static class VerdictEndpoints
{
    /// <summary>How long a request works on it before it is left to the background.</summary>
    private static readonly TimeSpan WorkMax = TimeSpan.FromSeconds(2);

    /// <summary>Needs the data source, the writer and the clock beside these.</summary>
    public static IServiceCollection AddEngagementVerdicts(this IServiceCollection services) => services
        .AddSingleton<VerdictStore>()
        .AddSingleton<VerdictWork>()
        .AddHostedService<VerdictRunner>();

    public static void MapEngagementVerdicts(this IEndpointRouteBuilder routes)
    {
        routes.MapPostRetraction();
        routes.MapPostRestoration();
        routes.MapGetVerdict("/v1/engagements/retractions/{id:guid}", VerdictKind.Retraction)
            .WithName("GetRetraction")
            .WithSummary("How far a retraction is");
        routes.MapGetVerdict("/v1/engagements/restorations/{id:guid}", VerdictKind.Restoration)
            .WithName("GetRestoration")
            .WithSummary("How far a restoration is");
    }

    /// <summary>What is stored under the key already, or now is, worked on for a moment.</summary>
    /// <param name="make">Stores it when there is nothing, unless there are too many; not called otherwise.</param>
    internal static async Task<IResult> AnswerAsync(
        HttpContext http, VerdictKey key, byte[] hash, bool isWanted, Func<Task<Refusal?>> make, VerdictStore store, VerdictWork work, string location)
    {
        var ct = http.RequestAborted;
        if (await store.FindAsync(key, ct) is null && await make() is { } refusal) return refusal.ToResult();
        if (await store.FindAsync(key, ct) is not { } verdict) return VerdictRules.TooMany.ToResult();
        if (!verdict.Hash.AsSpan().SequenceEqual(hash)) return VerdictRules.Reused(key.Kind).ToResult();
        if (isWanted && !verdict.IsWanted) await store.WantAsync(key, ct);
        await work.AdvanceAsync(key, WorkMax, Pace.Full, ct);
        var view = (await ViewAsync(key, store, ct))!;
        if (view.State is not (RetractionState.Finding or RetractionState.Applying)) return TypedResults.Json(view, WireJson.Default.RetractionView);
        http.Response.Headers.Location = location;
        return TypedResults.Json(view, WireJson.Default.RetractionView, statusCode: StatusCodes.Status202Accepted);
    }

    private static RouteHandlerBuilder MapGetVerdict(this IEndpointRouteBuilder routes, string path, VerdictKind kind) => routes
        .MapGet(path, async (HttpContext http, Guid id, VerdictStore store, CancellationToken ct) =>
        {
            var validation = new Validation();
            validation.KnownOnly(http.Request.Query);
            if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
            return await ViewAsync(new(http.Caller().TenantId, kind, id), store, ct) is { } view
                ? TypedResults.Json(view, WireJson.Default.RetractionView)
                : VerdictRules.NotFound(kind).ToResult();
        })
        .RequireScope(Scopes.MarketingWrite, Scopes.LeadsRead)
        .WithTags(VerdictRules.OpenApiTag)
        .Produces<RetractionView>()
        .ProducesRefusal(400)
        .ProducesRefusal(404);

    private static async Task<RetractionView?> ViewAsync(VerdictKey key, VerdictStore store, CancellationToken ct)
    {
        if (await store.FindAsync(key, ct) is not { } verdict) return null;
        var stages = await store.StagesAsync(key, ct);
        return new(
            key.Id,
            (RetractionState)verdict.State,
            !verdict.IsWanted,
            verdict.Actor,
            verdict.Reason,
            verdict.Engagements,
            verdict.UnknownIds,
            stages.Values.Sum(s => s.Leads),
            stages.Values.Sum(s => s.Done),
            stages.ToDictionary(s => s.Key, s => s.Value.Leads, StringComparer.Ordinal),
            verdict.CreatedAt,
            verdict.FinishedAt,
            verdict.Failure);
    }
}
