using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace LeadScoring.Host.Http;

/// <summary>Reads request bodies strictly: what is not exactly the contract's shape is refused with everything that is wrong.</summary>
public static class JsonBody
{
    public const int DepthMax = 8;

    /// <summary>Refusals: 400 <c>malformed_json</c> or <c>validation_failed</c>, 413, 415.</summary>
    /// <param name="type">From <see cref="WireJson"/>.</param>
    public static async ValueTask<Body<T>> ReadAsync<T>(HttpContext http, JsonTypeInfo<T> type, int bytesMax = BodyLimits.BytesMax)
        where T : class
    {
        var read = await RequestBody.ReadAsync(http, bytesMax);
        if (!read.TryGet(out var body, out var refusal)) return new(null, refusal);
        using (body) return Parse(body.Bytes, type);
    }

    /// <summary>As <see cref="ReadAsync"/>, of bytes that were read already.</summary>
    public static Body<T> Parse<T>(ReadOnlyMemory<byte> json, JsonTypeInfo<T> type)
        where T : class
    {
        if (Check(json.Span) is { } refusal) return new(null, refusal);

        using var document = JsonDocument.Parse(json);
        var validation = new Validation();
        JsonShape.Check(document.RootElement, type, validation);
        return validation.ToRefusal() is { } invalid
            ? new(null, invalid)
            : new(document.Deserialize(type), null);
    }

    /// <summary>Whether these bytes are JSON at all, in UTF-8 and not nested too deep; null when they are.</summary>
    public static Refusal? Check(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json)) return new Refusal(400, "malformed_json", "The body is not valid UTF-8.");
        try
        {
            var reader = new Utf8JsonReader(json);
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray && reader.CurrentDepth >= DepthMax)
                {
                    return TooDeep;
                }
            }

            return null;
        }
        catch (JsonException e)
        {
            return Malformed(e, json);
        }
    }

    /// <summary>The refusal that says where the JSON breaks off, line and position counted from 1.</summary>
    /// <param name="json">The whole body the exception is about.</param>
    public static Refusal Malformed(JsonException exception, ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty) return new Refusal(400, "malformed_json", "The body is empty; a JSON object is expected.");
        if (json.StartsWith("\uFEFF"u8))
        {
            return new Refusal(400, "malformed_json", "The body starts with a byte order mark; send UTF-8 without one.");
        }

        var line = exception.LineNumber ?? 0;
        var rest = json;
        for (var i = 0L; i < line && rest.IndexOf((byte)'\n') is >= 0 and var end; i++) rest = rest[(end + 1)..];
        var bytes = (int)Math.Min(exception.BytePositionInLine ?? 0, rest.Length);
        var position = Encoding.UTF8.GetCharCount(rest[..bytes]);
        return new Refusal(400, "malformed_json", $"The body is not valid JSON: see line {line + 1}, position {position + 1}.");
    }

    /// <summary>Nested deeper than <see cref="DepthMax"/>.</summary>
    public static Refusal TooDeep { get; } = Refusal.Invalid(
        new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { ["$"] = [$"Nested deeper than {DepthMax} levels."] });
}

/// <summary>Exactly one of the two.</summary>
public readonly record struct Body<T>(T? Value, Refusal? Refusal)
    where T : class
{
    public bool TryGet([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out Refusal? refusal)
    {
        (value, refusal) = (Value, Refusal);
        return value is not null;
    }
}
