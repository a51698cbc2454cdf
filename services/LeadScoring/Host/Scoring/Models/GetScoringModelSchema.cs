using LeadScoring.Host.Access;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Scoring.Models;

/// <summary><c>GET /v1/scoring-models/schema</c>: the JSON Schema of a model document.</summary>
public static class GetScoringModelSchema
{
    private const string ContentType = "application/schema+json";

    private static readonly byte[] Schema = Read();

    public static void MapGetScoringModelSchema(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-models/schema", Handle)
        .RequireScope(ModelRules.Readers)
        .WithName("GetScoringModelSchema")
        .WithTags(ModelRules.OpenApiTag)
        .WithSummary("The JSON Schema of a model document")
        .WithDescription(
            "JSON Schema 2020-12, as application/schema+json. What it refuses is refused here too; rules that could never count, or would count "
            + "an engagement twice, only the service finds.")
        .Produces(StatusCodes.Status200OK);

    private static IResult Handle(HttpContext http)
    {
        var validation = new Validation();
        validation.KnownOnly(http.Request.Query);
        return validation.ToRefusal() is { } invalid ? invalid.ToResult() : TypedResults.Bytes(Schema, ContentType);
    }

    private static byte[] Read()
    {
        using var stream = typeof(GetScoringModelSchema).Assembly.GetManifestResourceStream("scoring-model.v1.schema.json")!;
        var schema = new byte[stream.Length];
        stream.ReadExactly(schema);
        return schema;
    }
}
