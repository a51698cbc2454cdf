namespace LeadScoring.IntegrationTests.Engagements;

/// <summary>Bodies as a producer would type them: JSON values are written out, so that they may be wrong.</summary>
internal static class EngagementJson
{
    private static readonly (string Name, string Json)[] Plain =
    [
        ("id", "\"e-1\""),
        ("source", "\"web\""),
        ("type", "\"page_viewed\""),
        ("occurredAt", "\"2026-03-01T09:30:00Z\""),
        ("lead", """{"email":"ann@example.com"}"""),
    ];

    /// <summary>A good engagement with the required fields only.</summary>
    public static string Good => With();

    /// <summary>The good engagement with these fields replaced, or added at the end.</summary>
    public static string With(params (string Name, string Json)[] fields)
    {
        var kept = Plain.Select(p => fields.FirstOrDefault(f => f.Name == p.Name) is { Name: not null } field ? field : p);
        var added = fields.Where(f => Plain.All(p => p.Name != f.Name));
        return Object(kept.Concat(added));
    }

    public static string With(string name, string json) => With((name, json));

    public static string Without(string name) => Object(Plain.Where(p => p.Name != name));

    /// <summary>The good engagement with something written before its closing brace.</summary>
    public static string Plus(string members) => $"{Good[..^1]},{members}}}";

    public static string Batch(params IEnumerable<string> items) => $$"""{"engagements":[{{string.Join(',', items)}}]}""";

    /// <summary>A JSON text of this many letters.</summary>
    public static string Letters(int count) => $"\"{new string('x', count)}\"";

    /// <summary>Lists in lists.</summary>
    public static string Nested(int depth) => new string('[', depth) + new string(']', depth);

    /// <summary>An object of this many whole numbers.</summary>
    public static string Numbers(int count) => Object(Enumerable.Range(1, count).Select(i => ($"p{i}", $"{i}")));

    private static string Object(IEnumerable<(string Name, string Json)> members) =>
        $"{{{string.Join(',', members.Select(m => $"\"{m.Name}\":{m.Json}"))}}}";
}
