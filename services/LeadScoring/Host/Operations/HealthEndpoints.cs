using System.Text.Json.Serialization;

namespace LeadScoring.Host.Operations;

/// <summary>For orchestrators and load balancers: open, cheap, no secrets.</summary>
public static class HealthEndpoints
{
    private static readonly string[] Head = [HttpMethods.Head];

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", Live)
            .WithName("Live")
            .WithTags("Health")
            .WithSummary("Whether the process runs")
            .Produces<Liveness>();
        routes.MapGet("/health/ready", ReadyAsync)
            .WithName("Ready")
            .WithTags("Health")
            .WithSummary("Whether this instance can do its work: database reachable and migrated. How RabbitMQ stands is told for information")
            .Produces<ReadinessReport>()
            .Produces<ReadinessReport>(StatusCodes.Status503ServiceUnavailable);

        // Some load balancers ask for the head only.
        routes.MapMethods("/health/live", Head, Live).ExcludeFromDescription();
        routes.MapMethods("/health/ready", Head, ReadyAsync).ExcludeFromDescription();
    }

    private static IResult Live() => Results.Json(new Liveness("live"), HealthJson.Default.Liveness);

    private static async Task<IResult> ReadyAsync(Readiness readiness)
    {
        var checks = await readiness.CheckAsync();
        var ready = checks.All(c => c.Ok || !c.Required);
        return Results.Json(
            new ReadinessReport(ready ? "ready" : "not_ready", checks),
            HealthJson.Default.ReadinessReport,
            statusCode: ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}

public sealed record Liveness(string Status);

/// <param name="Status">ready or not_ready.</param>
public sealed record ReadinessReport(string Status, IReadOnlyList<ReadinessCheck> Checks);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Liveness))]
[JsonSerializable(typeof(ReadinessReport))]
public sealed partial class HealthJson : JsonSerializerContext;
