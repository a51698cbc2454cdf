using System.Text.Json;

namespace LeadScoring.ContractTests.Schemas;

/// <summary>What <c>contracts/events</c> promises of everything that is published.</summary>
internal static class EventContracts
{
    private static readonly Lazy<JsonSchema> Specification = new(() => Schema("cloudevents-1.0"));
    private static readonly Lazy<JsonSchema> Envelope = new(() => Schema("cloudevent"));

    public static string Folder { get; } = Repository.PathOf("contracts", "events");

    /// <summary>The schema of a type's <c>data</c>.</summary>
    public static JsonSchema SchemaOf(string type) => Schema(type);

    /// <returns>What is wrong with a CloudEvent: by the specification, by our envelope and by its type's schema.</returns>
    public static IReadOnlyList<string> Faults(JsonElement cloudEvent)
    {
        List<string> faults = [.. Specification.Value.Faults(cloudEvent), .. Envelope.Value.Faults(cloudEvent)];
        return faults.Count > 0 ? faults : SchemaOf(cloudEvent.GetProperty("type").GetString()!).Faults(cloudEvent.GetProperty("data"));
    }

    private static JsonSchema Schema(string name) => JsonSchema.Read(Path.Combine(Folder, $"{name}.schema.json"));
}
