using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LeadScoring.Host.Http;

/// <summary>
/// Holds a JSON value against a contract type and names every difference at once, in words a person can act on. The
/// serializer alone would stop at the first and speak of .NET types; it would also take enum names in any case, times
/// without an offset and the last of two equal fields.
/// </summary>
public static class JsonShape
{
    /// <summary>How deep a body's values may stand whose shape is free.</summary>
    public const int DepthMax = 8;

    private static readonly ConcurrentDictionary<Type, JsonFields> Fields = new();
    private static readonly ConcurrentDictionary<Type, string[]> Codes = new();

    /// <param name="json">Stands on the value's first token, and then somewhere within it.</param>
    public static void Check(ref Utf8JsonReader json, JsonTypeInfo type, Validation faults) => Check(ref json, type, "$", faults);

    private static void Check(ref Utf8JsonReader json, JsonTypeInfo type, string path, Validation faults)
    {
        if (faults.Full) return;
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object when json.TokenType == JsonTokenType.StartObject:
                var fields = Fields.GetOrAdd(type.Type, static (_, contract) => JsonFields.Of(contract), type);
                for (var members = new JsonMembers(fields, path, faults); members.Next(ref json);)
                {
                    var field = type.Properties[members.Field];
                    if (json.TokenType == JsonTokenType.Null && field.IsSetNullable) continue;
                    Check(ref json, type.Options.GetTypeInfo(field.PropertyType), members.Path, faults);
                }

                break;
            case JsonTypeInfoKind.Dictionary when json.TokenType == JsonTokenType.StartObject:
            case JsonTypeInfoKind.Enumerable when json.TokenType == JsonTokenType.StartArray:
                CheckInner(ref json, type.Options.GetTypeInfo(type.ElementType!), path, faults);
                break;
            case JsonTypeInfoKind.Enumerable:
                faults.Add(path, "A list is expected.");
                break;
            case JsonTypeInfoKind.None when type.Type == typeof(JsonElement) && json.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray:
                // A value whose rules are its reader's: only what no reader could take is refused here.
                if (json.CurrentDepth < DepthMax) CheckInner(ref json, type, path, faults);
                else faults.Add("$", $"Nested deeper than {DepthMax} levels.");
                break;
            case JsonTypeInfoKind.None:
                if (Complaint(ref json, type) is { } complaint) faults.Add(path, complaint);
                break;
            default:
                faults.Add(path, "An object is expected.");
                break;
        }
    }

    /// <summary>The items of a list, or the members of an object whose names are free.</summary>
    private static void CheckInner(ref Utf8JsonReader json, JsonTypeInfo type, string path, Validation faults)
    {
        var (isList, hasBegun, index) = (json.TokenType == JsonTokenType.StartArray, false, 0);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (JsonRules.Next(ref json, ref hasBegun))
        {
            if (isList) Check(ref json, type, $"{path}[{index++}]", faults);
            else if ((JsonRules.Text(ref json, out var name) ?? NulComplaint(name!, "field's name")) is { } complaint) faults.Add(path, complaint);
            else if (!seen.Add(name!)) faults.Add(JsonRules.PathOf(path, name!), JsonRules.Twice);
            else
            {
                json.Read();
                Check(ref json, type, JsonRules.PathOf(path, name!), faults);
            }
        }
    }

    private static string? Complaint(ref Utf8JsonReader json, JsonTypeInfo type)
    {
        var wanted = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
        var (isText, isNumber) = (json.TokenType == JsonTokenType.String, json.TokenType == JsonTokenType.Number);
        string? text = null;
        if (isText && (JsonRules.Text(ref json, out text) ?? NulComplaint(text!, "text")) is { } complaint) return complaint;
        if (wanted == typeof(JsonElement) || (json.TokenType == JsonTokenType.Null && wanted != type.Type)) return null;
        if (wanted == typeof(string)) return isText ? null : JsonRules.TextExpected;
        if (wanted == typeof(bool)) return json.TokenType is JsonTokenType.True or JsonTokenType.False ? null : "true or false is expected.";
        if (wanted == typeof(Guid)) return JsonRules.Uuid(ref json, out _);
        if (wanted == typeof(DateTimeOffset)) return JsonRules.Instant(ref json, out _);
        if (wanted == typeof(int)) return isNumber && json.TryGetInt32(out _) ? null : "A whole number is expected.";
        if (wanted == typeof(long)) return isNumber && json.TryGetInt64(out _) ? null : "A whole number is expected.";
        if (wanted == typeof(decimal)) return isNumber && json.TryGetDecimal(out _) ? null : "A number is expected.";
        if (wanted == typeof(double)) return isNumber && json.TryGetDouble(out var d) && double.IsFinite(d) ? null : "A number is expected.";
        if (!wanted.IsEnum) throw new NotSupportedException($"No rule for {wanted}.");

        var codes = Codes.GetOrAdd(wanted, static (type, o) => CodesOf(type, o), type.Options);
        return codes.Contains(text) ? null : $"One of {string.Join(", ", codes)} is expected.";
    }

    private static string? NulComplaint(string text, string what) =>
        text.Contains('\0', StringComparison.Ordinal) ? $"The {what} holds U+0000, which is not allowed." : null;

    private static string[] CodesOf(Type type, JsonSerializerOptions options)
    {
        var json = options.GetTypeInfo(type);
        return [.. Enum.GetValues(type).Cast<object>().Select(code => JsonSerializer.SerializeToElement(code, json).GetString()!)];
    }
}
