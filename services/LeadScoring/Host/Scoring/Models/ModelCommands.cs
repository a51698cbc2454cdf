using System.Text.Json.Serialization.Metadata;
using LeadScoring.Contracts;
using LeadScoring.Domain;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Storage;

namespace LeadScoring.Host.Scoring.Models;

/// <summary>What a body asks for, and by whom.</summary>
/// <param name="Scope">One the key must have beyond those of the endpoint; null: none.</param>
internal sealed record RequestedModelCommand(string Actor, IModelCommand Command, string? Scope = null);

/// <summary>The way every command on a version goes: check, decide, store, answer with a receipt.</summary>
internal static class ModelCommands
{
    /// <param name="path">Behind <c>/v1/scoring-models/{version}</c>, with its slash.</param>
    /// <param name="read">Makes the command of a body; what is wrong with the body it tells the validation.</param>
    /// <param name="scopes">Any one of them is enough.</param>
    public static RouteHandlerBuilder MapModelCommand<TRequest>(
        this IEndpointRouteBuilder routes,
        HttpMethod method,
        string path,
        JsonTypeInfo<TRequest> body,
        Func<TRequest, int, ModelRequest, Task<RequestedModelCommand>> read,
        params string[] scopes)
        where TRequest : class =>
        routes
            .MapMethods(
                $"/v1/scoring-models/{{version:int:min(1)}}{path}",
                [method.Method],
                (HttpContext http, int version, ModelChanges changes, TimeProvider clock) => HandleAsync(http, version, body, read, changes, clock))
            .RequireScope(scopes)
            .WithTags(ModelRules.OpenApiTag)
            .Accepts<TRequest>("application/json")
            .Produces<ScoringModelReceipt>()
            .ProducesRefusal(400)
            .ProducesRefusal(404)
            .ProducesRefusal(409)
            .ProducesRefusal(412);

    /// <summary>Decides and stores; what is refused becomes a refusal.</summary>
    public static async Task<(ModelChange? Change, Refusal? Refusal)> ApplyAsync(
        this ModelChanges changes, HttpContext http, string actor, IModelCommand command, long? revision)
    {
        try
        {
            return (await changes.ApplyAsync(http.Caller().TenantId, command, revision, http.EventMetadata(actor), http.RequestAborted), null);
        }
        catch (RuleViolation e) when (e.Code == ModelRules.NotFound.Code)
        {
            return (null, ModelRules.NotFound);
        }
        catch (RuleViolation e)
        {
            return (null, new(409, e.Code, e.Message));
        }
        catch (OtherRevision e)
        {
            return (null, new(412, "version_mismatch", e.Message));
        }
        catch (UnreadableModels)
        {
            return (null, Refusal.ModelsUnreadable);
        }
        catch (Exception e) when (StoreFailures.IsUnavailable(e) && !http.RequestAborted.IsCancellationRequested)
        {
            return (null, Refusal.StoreUnavailable);
        }
    }

    /// <summary>The version as it is after a change, its revision as the ETag.</summary>
    public static IResult Receipt(HttpContext http, ModelChange change, ModelVersion version, int status = StatusCodes.Status200OK)
    {
        http.Response.Headers.ETag = VersionTags.Of(version.Revision);
        return Results.Json(
            new ScoringModelReceipt(change.Changed, ModelViews.Summary(change.Catalog, version, change.At)),
            WireJson.Default.ScoringModelReceipt,
            statusCode: status);
    }

    private static async Task<IResult> HandleAsync<TRequest>(
        HttpContext http,
        int version,
        JsonTypeInfo<TRequest> type,
        Func<TRequest, int, ModelRequest, Task<RequestedModelCommand>> read,
        ModelChanges changes,
        TimeProvider clock)
        where TRequest : class
    {
        var (revision, malformed) = VersionTags.IfMatch(http.Request);
        if (malformed is not null) return malformed.ToResult();
        var body = await JsonBody.ReadAsync(http, type, ModelRules.BodyBytesMax);
        if (!body.TryGet(out var request, out var refusal)) return refusal.ToResult();
        var asked = new ModelRequest(http, clock.GetUtcNow());
        var (actor, command, scope) = await read(request, version, asked);
        if (asked.Validation.ToRefusal() is { } invalid) return invalid.ToResult();
        if (scope is not null && !http.Caller().Scopes.Contains(scope)) return new Refusal(403, "missing_scope", $"This API key lacks the scope {scope}.").ToResult();
        var (change, refused) = await changes.ApplyAsync(http, actor, command, revision);
        return change is null ? refused!.ToResult() : Receipt(http, change, change.Catalog.Get(version));
    }
}

/// <summary>What a body is read beside.</summary>
internal sealed record ModelRequest(HttpContext Http, DateTimeOffset Now)
{
    public Validation Validation { get; } = new();

    public T Get<T>()
        where T : notnull => Http.RequestServices.GetRequiredService<T>();
}
