using System.Text.Json.Nodes;
using LeadScoring.Contracts;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace LeadScoring.Host.Http.OpenApi;

/// <summary>
/// Says what a query parameter may be: endpoints read them as texts, to refuse them in their own words. Adds the conditional
/// headers to operations that answer 304 or 412.
/// </summary>
internal sealed class ParametersOfOperation : IOperationFilter
{
    private static readonly Dictionary<string, (string Meaning, Func<SchemaSource, IOpenApiSchema> Schema)> Known = new(StringComparer.Ordinal)
    {
        ["stage"] = ("Leads at this stage; may be repeated.", s => List(s.Of<Stage>())),
        ["grade"] = ("Leads with this grade; may be repeated.", s => List(s.Of<Grade>())),
        ["minScore"] = ("Leads with at least this score.", _ => new OpenApiSchema { Type = JsonSchemaType.Number, Format = "double" }),
        ["source"] = ("Leads this producer told of.", _ => Text()),
        ["campaign"] = ("Leads with an engagement of this campaign.", _ => Text()),
        ["owner"] = ("Leads this salesperson works.", _ => Text()),
        ["engagedSince"] = ("Leads with an engagement at or after this instant (RFC 3339 with an offset).", _ => Instant()),
        ["queue"] = ("review: what waits for marketing's review. sales: what waits for sales' answer.", _ => OneOf("review", "sales")),
        ["sort"] = ("What to sort by, descending.", s => s.Of<LeadSort>()),
        ["status"] = ("Deliveries with this status.", s => s.Of<DeliveryStatus>()),
        ["limit"] = ("How many at most.", _ => new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1", Maximum = "200", Default = 50 }),
        ["GetFeed.limit"] = (
            "How many at most, at a time.",
            _ => new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1", Maximum = "200", Default = 100 }),
        ["after"] = (
            "Events beyond this position; nextAfter of the page before. Without it, from the beginning.",
            _ => new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64", Minimum = "0", Default = 0 }),
        ["types"] = ("Only events of these types: full names, separated by commas.", _ => Text()),
        ["wait"] = (
            "Seconds to wait for an event when there is none yet.",
            _ => new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "0", Maximum = "30", Default = 0 }),
        ["cursor"] = ("nextCursor of the page before, with the same filters; good for a day.", _ => Text()),
        ["GetScoringModelDiff.from"] = (
            "The version to compare with; without it, the one this is based on, or else the active one.",
            _ => new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1" }),
        ["with"] = ("The id of the other backtest.", _ => new OpenApiSchema { Type = JsonSchemaType.String, Format = "uuid" }),
        ["knownAt"] = (
            "Only what the service had stored by this past instant (RFC 3339 with an offset) is known; without it, all there is. Without at, at is this too.",
            _ => Instant()),
        ["GetScoreHistory.from"] = ("Points at or after this instant (RFC 3339 with an offset).", _ => Instant()),
        ["GetScoreHistory.to"] = ("Points before this instant (RFC 3339 with an offset).", _ => Instant()),
        ["GetScoreHistory.limit"] = (
            "How many at most.",
            _ => new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1", Maximum = "1000", Default = 200 }),
        ["GetScoreHistory.model"] = (
            "A model's version to score all of it under; without it, at each point the one that held.",
            _ => new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1" }),
        ["GetLeadScore.model"] = (
            "A model's version, also one that never held; without it, the one that held at the instant.",
            _ => new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1" }),
        ["at"] = ("A past instant (RFC 3339 with an offset); without it, now.", _ => Instant()),
        ["model"] = ("A model's version; without it, the active one.", _ => new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1" }),
    };

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var schemas = new SchemaSource(context.SchemaGenerator, context.SchemaRepository);
        foreach (var parameter in (operation.Parameters ?? []).OfType<OpenApiParameter>().Where(p => p.In == ParameterLocation.Query))
        {
            if (!Known.TryGetValue($"{operation.OperationId}.{parameter.Name}", out var known)
                && !Known.TryGetValue(parameter.Name!, out known)) continue;
            parameter.Description = known.Meaning;
            parameter.Schema = known.Schema(schemas);
        }

        if (operation.Responses is not { } answers) return;
        if (answers.ContainsKey("412")) AddHeader(operation, "If-Match", "The ETag the lead must still have, like \"12\"; otherwise 412 and nothing changes.");
        if (answers.ContainsKey("304")) AddHeader(operation, "If-None-Match", "An ETag the caller has the lead for.");
    }

    private static void AddHeader(OpenApiOperation operation, string name, string meaning) => (operation.Parameters ??= []).Add(
        new OpenApiParameter { Name = name, In = ParameterLocation.Header, Description = meaning, Schema = Text() });

    private static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };

    private static OpenApiSchema Instant() => new() { Type = JsonSchemaType.String, Format = "date-time" };

    private static OpenApiSchema List(IOpenApiSchema items) => new() { Type = JsonSchemaType.Array, Items = items };

    private static OpenApiSchema OneOf(params string[] codes) =>
        new() { Type = JsonSchemaType.String, Enum = [.. codes.Select(JsonNode (c) => JsonValue.Create(c))] };

    private sealed record SchemaSource(ISchemaGenerator Generator, SchemaRepository Repository)
    {
        public IOpenApiSchema Of<T>() => Generator.GenerateSchema(typeof(T), Repository);
    }
}
