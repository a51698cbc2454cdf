using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Microsoft.Net.Http.Headers;

namespace LeadScoring.Host.Http;

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

/// <summary>Gets a value at its first token and leaves it there, unread, or at its last.</summary>
public delegate Body<T> JsonReading<T>(ref Utf8JsonReader json)
    where T : class;

/// <summary>Reads request bodies strictly: what is not exactly what is expected is refused with everything that is wrong, by JSON path.</summary>
/// <remarks>
/// Readers take tokens, not a document or the serializer's records: by way of a JsonDocument engagements were read at two thirds of the
/// speed, by way of records at half of it (<c>LeadScoring.Benchmarks read-json</c>).
/// </remarks>
public static class JsonBody
{
    private const int BytesAtFirst = 4096;

    /// <summary>Any: parsing does not recurse, and what stands too deep is its reader's to refuse by path.</summary>
    private static readonly JsonReaderOptions AnyDepth = new() { MaxDepth = BodyLimits.BatchBytesMax };

    /// <summary>Reads a body of the contract's shape. Refusals: 400 <c>malformed_json</c> or <c>validation_failed</c>, 413, 415.</summary>
    /// <param name="type">From <see cref="WireJson"/>.</param>
    public static ValueTask<Body<T>> ReadAsync<T>(HttpContext http, JsonTypeInfo<T> type, int bytesMax = BodyLimits.BytesMax)
        where T : class => ReadAsync(http, bytesMax, json => Parse(json, type));

    /// <summary>Reads a body by its own reader. Refused with 415 when it is called something else than JSON, with 413 when it is too large.</summary>
    /// <param name="read">Gets the whole body, in memory that is its own only until it returns.</param>
    public static async ValueTask<Body<T>> ReadAsync<T>(HttpContext http, int bytesMax, Func<ReadOnlyMemory<byte>, Body<T>> read)
        where T : class
    {
        var request = http.Request;
        if (!IsJson(request)) return new(null, Refusal.UnsupportedMediaType);
        if (request.ContentLength > bytesMax) return new(null, Refusal.BodyTooLarge(bytesMax));

        using var body = new PooledBytes((int)(request.ContentLength ?? BytesAtFirst));
        try
        {
            int count;
            do
            {
                count = await request.Body.ReadAsync(body.GetMemory(), http.RequestAborted);
                body.Advance(count);
            }
            while (count > 0 && body.Written.Length <= bytesMax);
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            // In chunks, the server's own limit may be met first; the endpoint's is the one that counts.
            return new(null, Refusal.BodyTooLarge(bytesMax));
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            // The server says so of chunks whose size makes no sense: the client's doing, not ours.
            throw new BadHttpRequestException("The body does not end as its headers say.", e);
        }

        return body.Written.Length > bytesMax ? new(null, Refusal.BodyTooLarge(bytesMax)) : read(body.Written);
    }

    /// <summary>As <see cref="ReadAsync{T}(HttpContext, JsonTypeInfo{T}, int)"/>, of bytes that were read already.</summary>
    public static Body<T> Parse<T>(ReadOnlyMemory<byte> json, JsonTypeInfo<T> type)
        where T : class
    {
        if (!Utf8.IsValid(json.Span)) return new(null, new Refusal(400, "malformed_json", "The body is not valid UTF-8."));
        var faults = new Validation();
        var body = Parse(json, (ref root) =>
        {
            JsonShape.Check(ref root, type, faults);
            return new Body<T>(null, faults.ToRefusal());
        });
        return body.Refusal is null ? new(JsonSerializer.Deserialize(json.Span, type), null) : body;
    }

    /// <summary>Lets the reader have the body at its first token; when it is no JSON, the refusal says where it breaks off.</summary>
    public static Body<T> Parse<T>(ReadOnlyMemory<byte> json, JsonReading<T> read)
        where T : class
    {
        try
        {
            var reader = new Utf8JsonReader(json.Span, AnyDepth);
            reader.Read();
            var body = read(ref reader);
            reader.Skip();
            reader.Read(); // Blanks may follow; anything else throws.
            return body;
        }
        catch (JsonException e)
        {
            return new(null, new Refusal(400, "malformed_json", Malformed(e, json.Span)));
        }
    }

    /// <summary>Line and position are counted from 1.</summary>
    private static string Malformed(JsonException exception, ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty) return "The body is empty; a JSON object is expected.";
        if (json.StartsWith("\uFEFF"u8)) return "The body starts with a byte order mark; send UTF-8 without one.";
        var line = exception.LineNumber ?? 0;
        for (var i = 0L; i < line && json.IndexOf((byte)'\n') is >= 0 and var end; i++) json = json[(end + 1)..];
        var bytes = (int)Math.Min(exception.BytePositionInLine ?? 0, json.Length);
        return $"The body is not valid JSON: see line {line + 1}, position {Encoding.UTF8.GetCharCount(json[..bytes]) + 1}.";
    }

    private static bool IsJson(HttpRequest request)
    {
        if (request.Headers.ContentEncoding.Count > 0) return false;
        if (string.Equals(request.ContentType, "application/json", StringComparison.Ordinal)) return true;
        return MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));
    }
}

/// <summary>The fields an object may have: at most 64, in the order in which they are told to who sends another.</summary>
public sealed class JsonFields(string[] names, string[] required)
{
    private readonly byte[][] _utf8 = [.. names.Select(Encoding.UTF8.GetBytes)];

    public IReadOnlyList<string> Names => names;

    public IReadOnlyList<string> Required => required;

    /// <summary>Those of a contract's type. Nulls are left out on the wire, so what may be null may be missing.</summary>
    public static JsonFields Of(JsonTypeInfo contract) => new(
        [.. contract.Properties.Select(p => p.Name)],
        [.. contract.Properties.Where(p => !p.IsSetNullable && p.AssociatedParameter is { HasDefaultValue: false }).Select(p => p.Name)]);

    public int IndexOf(string name) => Array.IndexOf(names, name);

    /// <param name="name">As it stands in the body; one with escapes is none of these.</param>
    /// <param name="guess">Where to look first: clients send fields in one order.</param>
    public int IndexOf(ReadOnlySpan<byte> name, int guess)
    {
        for (var i = guess; i < guess + _utf8.Length; i++)
        {
            var field = i < _utf8.Length ? i : i - _utf8.Length;
            if (name.SequenceEqual(_utf8[field])) return field;
        }

        return -1;
    }
}

/// <summary>The members of an object that are known, each once, in the order sent. What is unknown, repeated or missing it reports itself.</summary>
public ref struct JsonMembers(JsonFields fields, string path, Validation faults)
{
    private ulong _seen;
    private bool _hasBegun;

    /// <summary>The index of the field whose value the reader stands on.</summary>
    public int Field { get; private set; } = -1;

    public bool HasRepeated { get; private set; }

    public readonly string Name => fields.Names[Field];

    public readonly string Path => JsonRules.PathOf(path, Name);

    /// <summary>Steps to the next value, over what nobody read of the one before.</summary>
    /// <param name="json">Stands on the object's start at first.</param>
    public bool Next(ref Utf8JsonReader json)
    {
        while (JsonRules.Next(ref json, ref _hasBegun))
        {
            var field = json.ValueIsEscaped ? -1 : fields.IndexOf(json.ValueSpan, Field + 1);
            if (field < 0)
            {
                if (JsonRules.Text(ref json, out var name) is { } complaint)
                {
                    faults.Add(path, complaint);
                    continue;
                }

                field = fields.IndexOf(name!);
                if (field < 0)
                {
                    faults.Add(JsonRules.PathOf(path, name!), $"Unknown field. Known here: {string.Join(", ", fields.Names)}.");
                    continue;
                }
            }

            Field = field;
            var bit = 1UL << field;
            if ((_seen & bit) == 0)
            {
                _seen |= bit;
                json.Read();
                return true;
            }

            HasRepeated = true;
            faults.Add(Path, JsonRules.Twice);
        }

        foreach (var name in fields.Required)
        {
            if ((_seen & (1UL << fields.IndexOf(name))) == 0) faults.Add(JsonRules.PathOf(path, name), $"The field {name} is required.");
        }

        return false;
    }
}

/// <summary>The rules of single names and values: each returns what is wrong with the one the reader stands on, or null.</summary>
public static class JsonRules
{
    public const string TextExpected = "A text is expected.";
    public const string Twice = "The field stands here twice.";

    private const string UuidExpected = "A UUID is expected, like 0198c9a2-7c1e-7a54-9d3b-2f6f1c8e4b10.";
    private const string InstantExpected = "A time with its offset is expected (RFC 3339), like 2026-03-01T12:00:00Z.";
    private const int NameLengthMax = 64;

    /// <summary>From here on neighbouring whole numbers are one double (RFC 7493 stops here, too).</summary>
    private const long WholeNumberEnd = 9_007_199_254_740_992;

    /// <summary>Steps to the next item of a list or name of an object, over what nobody read of the one before.</summary>
    /// <param name="hasBegun">False while the reader stands on the start of the list or object.</param>
    /// <exception cref="JsonException">The body breaks off here.</exception>
    public static bool Next(ref Utf8JsonReader json, ref bool hasBegun)
    {
        if (hasBegun) json.Skip();
        hasBegun = true;
        return json.Read() && json.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray);
    }

    /// <summary>A field's name, too.</summary>
    public static string? Text(ref Utf8JsonReader json, out string? text, string expected = TextExpected)
    {
        text = null;
        if (json.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName)) return expected;
        try
        {
            text = json.GetString();
            return null;
        }
        catch (InvalidOperationException)
        {
            return $"{(json.TokenType == JsonTokenType.String ? "The text" : "A field's name")} is not valid Unicode (a lone surrogate or broken UTF-8).";
        }
    }

    public static string? Uuid(ref Utf8JsonReader json, out Guid? id)
    {
        id = null;
        if (Text(ref json, out _, UuidExpected) is { } complaint) return complaint;
        if (!json.TryGetGuid(out var uuid)) return UuidExpected;
        id = uuid;
        return null;
    }

    /// <param name="at">With the offset it was sent with.</param>
    public static string? Instant(ref Utf8JsonReader json, out DateTimeOffset at)
    {
        at = default;
        if (Text(ref json, out var time, InstantExpected) is { } complaint) return complaint;
        if (!json.TryGetDateTimeOffset(out at)) return InstantExpected;

        // A time without an offset is read as a local one; whose, nobody knows.
        return time is [.., 'Z'] or [.., '+' or '-', _, _, ':', _, _] ? null : "The time has no offset: end it with Z, or with the hours and minutes it is from UTC.";
    }

    /// <summary>Numbers are kept as IEEE doubles.</summary>
    /// <param name="json">The number as it was written.</param>
    public static string? Number(double number, ReadOnlySpan<byte> json)
    {
        if (!double.IsFinite(number)) return "The number is too large.";
        return Math.Abs(number) >= WholeNumberEnd && json.IndexOfAny("eE."u8) < 0
            ? $"A whole number from {WholeNumberEnd} on may lose digits; send it as a text."
            : null;
    }

    /// <summary>Only plain names are echoed: anything else may be data that slipped into a field's name.</summary>
    public static string PathOf(string path, string name) =>
        name.Length is > 0 and <= NameLengthMax && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') ? $"{path}.{name}" : $"{path}[?]";
}
