using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace LeadScoring.ContractTests.Schemas;

/// <summary>
/// The part of JSON Schema 2020-12 that our schemas use. A keyword it does not know is refused, so that no schema says more
/// than is checked.
/// </summary>
internal sealed class JsonSchema
{
    private static readonly string[] Annotations = ["$schema", "$id", "$defs", "title", "description"];
    private static readonly TimeSpan PatternTimeMax = TimeSpan.FromSeconds(1);

    private readonly JsonElement _root;

    private JsonSchema(JsonElement root) => _root = root;

    public static JsonSchema Parse(string text)
    {
        using var document = JsonDocument.Parse(text);
        return new(document.RootElement.Clone());
    }

    public static JsonSchema Read(string file) => Parse(File.ReadAllText(file));

    /// <returns>What is wrong, by path; empty: the value is valid.</returns>
    /// <exception cref="NotSupportedException">The schema has a keyword this does not know.</exception>
    public IReadOnlyList<string> Faults(JsonElement value)
    {
        var faults = new List<string>();
        Check(_root, value, "$", faults);
        return faults;
    }

    /// <summary>The paths of all members the schema names, like <c>lead.leadId</c>; an array's items are <c>[]</c>.</summary>
    public IReadOnlySet<string> Members()
    {
        var members = new HashSet<string>(StringComparer.Ordinal);
        Collect(_root, "", members);
        return members;
    }

    private void Collect(JsonElement schema, string path, HashSet<string> into)
    {
        schema = Resolved(schema);
        if (schema.TryGetProperty("items", out var items)) Collect(items, $"{path}[]", into);
        if (!schema.TryGetProperty("properties", out var properties)) return;
        foreach (var property in properties.EnumerateObject())
        {
            var member = path.Length == 0 ? property.Name : $"{path}.{property.Name}";
            into.Add(member);
            Collect(property.Value, member, into);
        }
    }

    private void Check(JsonElement schema, JsonElement value, string path, List<string> faults)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            if (schema.ValueKind == JsonValueKind.False) faults.Add($"{path} must not be there.");
            return;
        }

        foreach (var keyword in schema.EnumerateObject())
        {
            if (Annotations.Contains(keyword.Name)) continue;
            var limit = keyword.Value;
            switch (keyword.Name)
            {
                case "$ref": Check(Resolved(schema), value, path, faults); break;
                case "type": Require(Types(limit).Any(t => Is(value, t)), $"is {value.ValueKind}, not {limit}"); break;
                case "const": Require(JsonElement.DeepEquals(value, limit), $"is not {limit}"); break;
                case "enum": Require(limit.EnumerateArray().Any(e => JsonElement.DeepEquals(e, value)), $"is none of {limit}"); break;
                case "required" when value.ValueKind == JsonValueKind.Object:
                    foreach (var name in limit.EnumerateArray()) Require(value.TryGetProperty(name.GetString()!, out _), $"lacks {name}");
                    break;
                case "dependentRequired" when value.ValueKind == JsonValueKind.Object:
                    foreach (var given in limit.EnumerateObject().Where(g => value.TryGetProperty(g.Name, out _)))
                    {
                        foreach (var name in given.Value.EnumerateArray()) Require(value.TryGetProperty(name.GetString()!, out _), $"lacks {name}, which {given.Name} needs");
                    }

                    break;
                case "anyOf":
                    Require(limit.EnumerateArray().Any(alternative => IsValid(alternative, value)), "is as none of the alternatives say");
                    break;
                case "properties" when value.ValueKind == JsonValueKind.Object:
                    foreach (var property in limit.EnumerateObject())
                    {
                        if (value.TryGetProperty(property.Name, out var member)) Check(property.Value, member, $"{path}.{property.Name}", faults);
                    }

                    break;
                case "additionalProperties" when value.ValueKind == JsonValueKind.Object:
                    foreach (var member in value.EnumerateObject().Where(m => !IsNamed(schema, m.Name))) Check(limit, member.Value, $"{path}.{member.Name}", faults);
                    break;
                case "items" when value.ValueKind == JsonValueKind.Array:
                    foreach (var (index, item) in value.EnumerateArray().Index()) Check(limit, item, $"{path}[{index}]", faults);
                    break;
                case "maxItems" when value.ValueKind == JsonValueKind.Array: Require(value.GetArrayLength() <= limit.GetInt32(), "has too many items"); break;
                case "minItems" when value.ValueKind == JsonValueKind.Array: Require(value.GetArrayLength() >= limit.GetInt32(), "has too few items"); break;
                case "minProperties" when value.ValueKind == JsonValueKind.Object: Require(value.EnumerateObject().Count() >= limit.GetInt32(), "has too few members"); break;
                case "maxProperties" when value.ValueKind == JsonValueKind.Object: Require(value.EnumerateObject().Count() <= limit.GetInt32(), "has too many members"); break;
                case "minimum" when value.ValueKind == JsonValueKind.Number: Require(value.GetDouble() >= limit.GetDouble(), $"is less than {limit}"); break;
                case "maximum" when value.ValueKind == JsonValueKind.Number: Require(value.GetDouble() <= limit.GetDouble(), $"is more than {limit}"); break;
                case "minLength" when value.ValueKind == JsonValueKind.String: Require(value.GetString()!.Length >= limit.GetInt32(), "is too short"); break;
                case "maxLength" when value.ValueKind == JsonValueKind.String: Require(value.GetString()!.Length <= limit.GetInt32(), "is too long"); break;
                case "pattern" when value.ValueKind == JsonValueKind.String:
                    Require(Regex.IsMatch(value.GetString()!, limit.GetString()!, RegexOptions.None, PatternTimeMax), $"does not match {limit}");
                    break;
                case "format" when value.ValueKind == JsonValueKind.String: Require(HasFormat(value.GetString()!, limit.GetString()!), $"is no {limit}"); break;
                case "required" or "properties" or "additionalProperties" or "items" or "dependentRequired" or "maxItems" or "minItems" or "minProperties" or "maxProperties"
                    or "minimum" or "maximum" or "minLength" or "maxLength" or "pattern" or "format":
                    break; // Of another kind of value: "type" speaks of that.
                default: throw new NotSupportedException($"{path}: the keyword {keyword.Name} is not checked.");
            }
        }

        void Require(bool holds, string fault)
        {
            if (!holds) faults.Add($"{path} {fault}.");
        }
    }

    private bool IsValid(JsonElement schema, JsonElement value)
    {
        var faults = new List<string>();
        Check(schema, value, "$", faults);
        return faults.Count == 0;
    }

    private static bool IsNamed(JsonElement schema, string member) =>
        schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(member, out _);

    private JsonElement Resolved(JsonElement schema)
    {
        const string Local = "#/$defs/";
        if (!schema.TryGetProperty("$ref", out var reference)) return schema;
        var target = reference.GetString()!;
        return target.StartsWith(Local, StringComparison.Ordinal)
            ? _root.GetProperty("$defs").GetProperty(target[Local.Length..])
            : throw new NotSupportedException($"The reference {target} is not local.");
    }

    private static IEnumerable<string> Types(JsonElement type) =>
        type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(t => t.GetString()!) : [type.GetString()!];

    private static bool Is(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && double.IsInteger(value.GetDouble()),
        _ => throw new NotSupportedException($"The type {type} is not known."),
    };

    private static bool HasFormat(string text, string format) => format switch
    {
        "uuid" => Guid.TryParseExact(text, "D", out _),
        "date-time" => text.Contains('T', StringComparison.Ordinal)
            && (text.EndsWith('Z') || text[^6] is '+' or '-')
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _),
        "uri" => Uri.TryCreate(text, UriKind.Absolute, out _),
        "uri-reference" => Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out _) && !text.Contains(' ', StringComparison.Ordinal),
        _ => throw new NotSupportedException($"The format {format} is not checked."),
    };
}
