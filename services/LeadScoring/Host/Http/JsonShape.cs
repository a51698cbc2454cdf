using System.Collections.Concurrent;
using System.Globalization;
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
    public const string UuidExpected = "A UUID is expected, like 0198c9a2-7c1e-7a54-9d3b-2f6f1c8e4b10.";
    public const string InstantExpected = "A time with its offset is expected (RFC 3339), like 2026-03-01T12:00:00Z.";

    private const int NameLengthMax = 64;
    private static readonly ConcurrentDictionary<Type, string[]> Codes = new();

    public static void Check(JsonElement value, JsonTypeInfo type, Validation validation) => Check(value, type, "$", validation);

    private static void Check(JsonElement value, JsonTypeInfo type, string path, Validation validation)
    {
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object when value.ValueKind == JsonValueKind.Object:
                CheckObject(value, type, path, validation);
                break;
            case JsonTypeInfoKind.Dictionary when value.ValueKind == JsonValueKind.Object:
                foreach (var (name, inner) in Fields(value, path, validation))
                {
                    Check(inner, type.Options.GetTypeInfo(type.ElementType!), PathOf(path, name), validation);
                }

                break;
            case JsonTypeInfoKind.Enumerable when value.ValueKind == JsonValueKind.Array:
                CheckList(value, type.Options.GetTypeInfo(type.ElementType!), path, validation);
                break;
            case JsonTypeInfoKind.Enumerable:
                validation.Add(path, "A list is expected.");
                break;
            case JsonTypeInfoKind.None:
                CheckScalar(value, type, path, validation);
                break;
            default:
                validation.Add(path, "An object is expected.");
                break;
        }
    }

    private static void CheckObject(JsonElement value, JsonTypeInfo type, string path, Validation validation)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, inner) in Fields(value, path, validation))
        {
            seen.Add(name);
            if (type.Properties.FirstOrDefault(p => p.Name == name) is not { } field)
            {
                validation.Add(PathOf(path, name), $"Unknown field. Known here: {string.Join(", ", type.Properties.Select(p => p.Name))}.");
            }
            else if (inner.ValueKind != JsonValueKind.Null || !field.IsSetNullable)
            {
                Check(inner, type.Options.GetTypeInfo(field.PropertyType), PathOf(path, name), validation);
            }
        }

        foreach (var field in type.Properties.Where(p => IsRequired(p) && !seen.Contains(p.Name)))
        {
            validation.Add(PathOf(path, field.Name), $"The field {field.Name} is required.");
        }
    }

    /// <summary>Nulls are left out on the wire, so what may be null may be missing.</summary>
    private static bool IsRequired(JsonPropertyInfo field) =>
        !field.IsSetNullable && field.AssociatedParameter is { HasDefaultValue: false };

    private static void CheckList(JsonElement list, JsonTypeInfo items, string path, Validation validation)
    {
        var index = 0;
        foreach (var item in list.EnumerateArray())
        {
            if (validation.Full) return;
            Check(item, items, $"{path}[{index++}]", validation);
        }
    }

    private static IEnumerable<(string Name, JsonElement Value)> Fields(JsonElement value, string path, Validation validation)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in value.EnumerateObject())
        {
            if (validation.Full) yield break;
            if (TextOf(() => property.Name) is not { } name || name.Contains('\0', StringComparison.Ordinal))
            {
                validation.Add(path, "A field's name is not valid Unicode or holds U+0000.");
            }
            else if (!seen.Add(name))
            {
                validation.Add(PathOf(path, name), "The field stands here twice.");
            }
            else
            {
                yield return (name, property.Value);
            }
        }
    }

    private static void CheckScalar(JsonElement value, JsonTypeInfo type, string path, Validation validation)
    {
        var wanted = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
        if (wanted == typeof(JsonElement))
        {
            CheckAnything(value, path, validation);
            return;
        }

        if (value.ValueKind == JsonValueKind.Null && wanted != type.Type) return;
        if (value.ValueKind == JsonValueKind.String && !IsCleanText(value, path, validation)) return;
        if (Complaint(value, wanted, type.Options) is { } complaint) validation.Add(path, complaint);
    }

    private static string? Complaint(JsonElement value, Type wanted, JsonSerializerOptions options)
    {
        var isText = value.ValueKind == JsonValueKind.String;
        var isNumber = value.ValueKind == JsonValueKind.Number;
        if (wanted == typeof(string)) return isText ? null : "A text is expected.";
        if (wanted == typeof(bool)) return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : "true or false is expected.";
        if (wanted == typeof(Guid)) return isText && value.TryGetGuid(out _) ? null : UuidExpected;
        if (wanted == typeof(DateTimeOffset)) return isText && IsInstant(value) ? null : InstantExpected;
        if (wanted == typeof(int)) return isNumber && value.TryGetInt32(out _) ? null : "A whole number is expected.";
        if (wanted == typeof(long)) return isNumber && value.TryGetInt64(out _) ? null : "A whole number is expected.";
        if (wanted == typeof(decimal)) return isNumber && value.TryGetDecimal(out _) ? null : "A number is expected.";
        if (wanted == typeof(double)) return isNumber && value.TryGetDouble(out var d) && double.IsFinite(d) ? null : "A number is expected.";
        if (!wanted.IsEnum) throw new NotSupportedException($"No rule for {wanted}.");

        var codes = Codes.GetOrAdd(wanted, static (type, o) => CodesOf(type, o), options);
        return isText && codes.Contains(value.GetString()) ? null : $"One of {string.Join(", ", codes)} is expected.";
    }

    /// <summary>A value whose rules are its reader's: only what no reader could take is refused here.</summary>
    private static void CheckAnything(JsonElement value, string path, Validation validation)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var (name, inner) in Fields(value, path, validation)) CheckAnything(inner, PathOf(path, name), validation);
                break;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in value.EnumerateArray())
                {
                    if (validation.Full) return;
                    CheckAnything(item, $"{path}[{index++}]", validation);
                }

                break;
            case JsonValueKind.String:
                IsCleanText(value, path, validation);
                break;
        }
    }

    private static bool IsCleanText(JsonElement value, string path, Validation validation)
    {
        var complaint = TextOf(value.GetString) switch
        {
            null => "The text is not valid Unicode: it holds half of a surrogate pair.",
            { } text when text.Contains('\0', StringComparison.Ordinal) => "The text holds U+0000, which is not allowed.",
            _ => null,
        };
        if (complaint is not null) validation.Add(path, complaint);
        return complaint is null;
    }

    /// <summary>Null when an escaped lone surrogate stands in it.</summary>
    private static string? TextOf(Func<string?> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static bool IsInstant(JsonElement value)
    {
        if (!value.TryGetDateTimeOffset(out _)) return false;
        var text = value.GetString()!;
        var time = text.IndexOf('T', StringComparison.Ordinal);
        return time > 0 && text.AsSpan(time).IndexOfAny("Z+-") > 0;
    }

    private static string[] CodesOf(Type type, JsonSerializerOptions options)
    {
        var json = options.GetTypeInfo(type);
        return [.. Enum.GetValues(type).Cast<object>().Select(code => JsonSerializer.SerializeToElement(code, json).GetString()!)];
    }

    /// <summary>Only plain names are echoed: anything else may be data that slipped into a field's name.</summary>
    public static string PathOf(string path, string name) =>
        name.Length is > 0 and <= NameLengthMax && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
            ? string.Create(CultureInfo.InvariantCulture, $"{path}.{name}")
            : $"{path}[?]";
}
