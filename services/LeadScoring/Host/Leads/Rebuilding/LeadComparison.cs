using System.Text.Json;

namespace LeadScoring.Host.Leads.Rebuilding;

/// <summary>What a lead's row says differently from its stream. Names what differs; texts that may be personal stay out.</summary>
internal static class LeadComparison
{
    /// <summary>Two folds of the same events in another order agree on numbers to this, relative to the larger or to 1.</summary>
    private const double NumberTolerance = 1e-9;

    /// <summary>A due time is the logarithm of a ratio of such numbers.</summary>
    private static readonly TimeSpan DueTolerance = TimeSpan.FromSeconds(1);

    /// <summary>PostgreSQL keeps microseconds.</summary>
    private static readonly TimeSpan InstantTolerance = TimeSpan.FromMicroseconds(1);

    /// <param name="told">From the stream, with the score at the document's own instant.</param>
    /// <param name="found">The document.</param>
    public static IEnumerable<string> Differences(LeadDocument told, LeadDocument found)
    {
        if (found.Grade != told.Grade) yield return $"grade is {found.Grade}, its stream says {told.Grade}";
        if (found.ModelId != told.ModelId) yield return $"its model is {found.ModelId}, the active model is {told.ModelId}";
        if (!Same(found.Score, told.Score)) yield return $"score is {found.Score:R}, its stream says {told.Score:R}";
        if (!Same(found.ScoreAsOf, told.ScoreAsOf, InstantTolerance)) yield return "the score's instant is before the latest fact";
        if (!Same(found.RefreshDueAt, told.RefreshDueAt, DueTolerance)) yield return "the time of its refresh differs";
        if (!Same(found.UpdatedAt, told.UpdatedAt, InstantTolerance)) yield return "the time of its latest event differs";
        if (!Same(found.TimerDueAt, told.TimerDueAt, InstantTolerance)) yield return "the time of its timer differs";
        foreach (var path in Differences("$", AsJson(told), AsJson(found))) yield return $"differs from its stream at {path}";
    }

    private static JsonElement AsJson(LeadDocument lead) =>
        JsonSerializer.SerializeToElement(StoredLead.Of(lead.Lead), LeadJsonContext.Default.StoredLead);

    private static IEnumerable<string> Differences(string path, JsonElement told, JsonElement found)
    {
        if (told.ValueKind != found.ValueKind) return [path];
        return told.ValueKind switch
        {
            JsonValueKind.Object => ObjectDifferences(path, told, found),
            JsonValueKind.Array => ArrayDifferences(path, told, found),
            JsonValueKind.Number => Same(told.GetDouble(), found.GetDouble()) ? [] : [path],
            _ => told.GetRawText() == found.GetRawText() || told.ToString() == found.ToString() ? [] : [path],
        };
    }

    private static IEnumerable<string> ObjectDifferences(string path, JsonElement told, JsonElement found)
    {
        foreach (var member in told.EnumerateObject())
        {
            var inner = $"{path}.{member.Name}";
            if (!found.TryGetProperty(member.Name, out var other)) yield return inner;
            else foreach (var difference in Differences(inner, member.Value, other)) yield return difference;
        }

        foreach (var member in found.EnumerateObject())
        {
            if (!told.TryGetProperty(member.Name, out _)) yield return $"{path}.{member.Name}";
        }
    }

    private static IEnumerable<string> ArrayDifferences(string path, JsonElement told, JsonElement found)
    {
        if (told.GetArrayLength() != found.GetArrayLength()) return [path];
        return InOrder(told).Zip(InOrder(found)).SelectMany((pair, i) => Differences($"{path}[{i}]", pair.First, pair.Second));
    }

    /// <summary>
    /// The sums of a score stand in the order their rules were first met, which a fold of the history may change. In such a sum null, the
    /// third, says the second once more.
    /// </summary>
    private static IEnumerable<JsonElement> InOrder(JsonElement array) =>
        array.EnumerateArray().OrderBy(RuleOf, StringComparer.Ordinal).Select((item, i) => item.ValueKind == JsonValueKind.Null && i == 2 ? array[1] : item);

    private static string RuleOf(JsonElement item) =>
        item.ValueKind == JsonValueKind.Array && item.GetArrayLength() > 0 && item[0].ValueKind == JsonValueKind.String ? item[0].ToString() : "";

    private static bool Same(double a, double b) =>
        a.Equals(b) || Math.Abs(a - b) <= NumberTolerance * Math.Max(1, Math.Max(Math.Abs(a), Math.Abs(b)));

    private static bool Same(DateTimeOffset? a, DateTimeOffset? b, TimeSpan tolerance) =>
        a is null || b is null ? a is null && b is null : (a.Value - b.Value).Duration() <= tolerance;
}
