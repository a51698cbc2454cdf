using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads.Listing;
using Microsoft.AspNetCore.Mvc;
using ModelChangeKind = LeadScoring.Contracts.ModelChangeKind;
using ModelPart = LeadScoring.Contracts.ModelPart;

namespace LeadScoring.Host.Scoring.Models;

/// <summary>What is read of a tenant's versions: the list, one of them, what two judge differently; and the schema of a document.</summary>
public static class ScoringModelReads
{
    private const int LimitMax = 200;
    private const int LimitDefault = 50;
    private const string CursorList = "scoring-models";
    private const string SchemaContentType = "application/schema+json";

    private static readonly byte[] Schema = ReadSchema();

    public static void MapScoringModelReads(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGet("/v1/scoring-models", ListAsync)
            .RequireScope(ModelRules.Readers)
            .WithName("GetScoringModels")
            .WithTags(ModelRules.OpenApiTag)
            .WithSummary("List the versions of the scoring model")
            .WithDescription("The latest first, the definition the service starts with last. limit is 1 to 200, default 50.")
            .Produces<ScoringModelPage>()
            .ProducesRefusal(400);
        routes
            .MapGet("/v1/scoring-models/schema", ShowSchema)
            .RequireScope(ModelRules.Readers)
            .WithName("GetScoringModelSchema")
            .WithTags(ModelRules.OpenApiTag)
            .WithSummary("The JSON Schema of a model document")
            .WithDescription(
                "JSON Schema 2020-12, as application/schema+json. What it refuses is refused here too; rules that could never count, or would count "
                + "an engagement twice, only the service finds.")
            .Produces(StatusCodes.Status200OK);
        routes
            .MapGet("/v1/scoring-models/{version:int:min(1)}", ShowAsync)
            .RequireScope(ModelRules.Readers)
            .WithName("GetScoringModelVersion")
            .WithTags(ModelRules.OpenApiTag)
            .WithSummary("One version of the scoring model")
            .WithDescription("The ETag is the version's revision, to be sent as If-Match by whoever edits, proposes, signs or activates what was read.")
            .Produces<ScoringModelDetail>()
            .ProducesRefusal(400)
            .ProducesRefusal(404);
        routes
            .MapGet("/v1/scoring-models/{version:int:min(1)}/diff", DiffAsync)
            .RequireScope(ModelRules.Readers)
            .WithName("GetScoringModelDiff")
            .WithTags(ModelRules.OpenApiTag)
            .WithSummary("What a version judges differently from another")
            .WithDescription("In words and in parts. Without from, from the version it is based on, or else the active one. The order of rules means nothing.")
            .Produces<ScoringModelDiff>()
            .ProducesRefusal(400)
            .ProducesRefusal(404);
    }

    private static async Task<IResult> ListAsync(
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

    private static async Task<IResult> ShowAsync(HttpContext http, int version, TenantModels models, TimeProvider clock, CancellationToken ct)
    {
        var validation = new Validation();
        validation.KnownOnly(http.Request.Query);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        await models.LookAsync(ct);
        var catalog = models.CatalogOf(http.Caller().TenantId);
        if (catalog.Find(version) is not { } found) return ModelRules.NotFound.ToResult();
        http.Response.Headers.ETag = VersionTags.Of(found.Revision);
        return TypedResults.Json(ModelViews.Detail(catalog, found, clock.GetUtcNow()), WireJson.Default.ScoringModelDetail);
    }

    private static async Task<IResult> DiffAsync(
        HttpContext http, int version, [FromQuery(Name = "from")] string? from, TenantModels models, TimeProvider clock, CancellationToken ct)
    {
        await models.LookAsync(ct);
        var catalog = models.CatalogOf(http.Caller().TenantId);
        var validation = new Validation();
        validation.KnownOnly(http.Request.Query, "from");
        var basis = validation.Whole(
            "from", from, least: 1, int.MaxValue, otherwise: catalog.Find(version)?.BasedOn ?? catalog.VersionAt(clock.GetUtcNow()));
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        if (catalog.Find(version) is not { } later || catalog.Find(basis) is not { } earlier) return ModelRules.NotFound.ToResult();

        var lines = ModelDiff.Between(earlier.Model, later.Model);
        return TypedResults.Json(
            new ScoringModelDiff(
                basis,
                version,
                string.Join("; ", lines.Select(l => l.Text)),
                [.. lines.Select(l => new ModelDifferenceView((ModelChangeKind)l.Kind, (ModelPart)l.Part, l.Name, l.Field, l.Before, l.After, l.Text))]),
            WireJson.Default.ScoringModelDiff);
    }

    private static IResult ShowSchema(HttpContext http)
    {
        var validation = new Validation();
        validation.KnownOnly(http.Request.Query);
        return validation.ToRefusal() is { } invalid ? invalid.ToResult() : TypedResults.Bytes(Schema, SchemaContentType);
    }

    private static byte[] ReadSchema()
    {
        using var stream = typeof(ScoringModelReads).Assembly.GetManifestResourceStream("scoring-model.v1.schema.json")!;
        var schema = new byte[stream.Length];
        stream.ReadExactly(schema);
        return schema;
    }
}
