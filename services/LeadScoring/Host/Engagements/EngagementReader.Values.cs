using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using LeadScoring.Domain;
using LeadScoring.Domain.Identities;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Engagements;

/// <remarks>Values of members: each reader of one stands on the value, and reports what is wrong with it.</remarks>
public ref partial struct EngagementReader
{
    private Guid? LeadId(string where)
    {
        if (!IsText(where, JsonShape.UuidExpected)) return null;
        if (_json.TryGetGuid(out var id)) return id;
        if (RawText(where) is not null) Fail(where, JsonShape.UuidExpected);
        return null;
    }

    private string? Email(string where)
    {
        if (RawText(where) is not { } text) return null;
        if (EmailAddress.TryNormalize(text, out var address)) return address;
        Fail(where, $"An e-mail address of at most {EmailAddress.LengthMax} characters is expected.");
        return null;
    }

    private string? Type(string where)
    {
        if (RepeatedText(where) is not { } text) return null;
        if (SnakeCase.Is(text, TypeLengthMax)) return text;
        Fail(where, $"A snake_case word of at most {TypeLengthMax} characters is expected, like content_downloaded.");
        return null;
    }

    private DateTimeOffset? OccurredAt(string where)
    {
        if (!IsText(where, JsonShape.InstantExpected)) return null;
        if (!_json.TryGetDateTimeOffset(out var at))
        {
            if (RawText(where) is not null) Fail(where, JsonShape.InstantExpected);
            return null;
        }

        // The reader takes a time without an offset for local time; whose, nobody knows.
        if (!(_json.ValueIsEscaped ? HasOffset(Encoding.UTF8.GetBytes(_json.GetString()!)) : HasOffset(_json.ValueSpan)))
        {
            Fail(where, "The time has no offset: end it with Z, or with the hours and minutes it is from UTC.");
        }
        else if (at < OccurredAtMin) Fail(where, "The time is before 2000-01-01T00:00:00Z, the earliest that is taken.");
        else if (at > _now + AheadMax)
        {
            Fail(where, $"The time is more than {AheadMax.TotalMinutes:0} minutes ahead of the service's clock.");
        }

        return at.ToUniversalTime();
    }

    /// <param name="time">Known to be a time, if perhaps a local one.</param>
    private static bool HasOffset(ReadOnlySpan<byte> time) =>
        time[^1] == 'Z' || (time.Length > 6 && time[^6] is (byte)'+' or (byte)'-' && time.Contains((byte)'T'));

    private EngagementProperties? Properties(string where)
    {
        if (_json.TokenType == JsonTokenType.Null) return null;
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            Mistyped(where, "An object of names and scalars is expected.");
            return null;
        }

        var buffer = default(PropertyBuffer);
        Span<KeyValuePair<string, Scalar>> properties = buffer;
        var (seen, count) = (0, 0);
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            var name = MemberName(where);
            _json.Read();
            if (++seen > PropertiesMax || name is null)
            {
                _json.Skip();
                continue;
            }

            if (name.Length is 0 or > PropertyNameLengthMax || HasControl(name))
            {
                Mistyped(where, $"A property's name has 1 to {PropertyNameLengthMax} characters, no control characters.");
            }
            else if (Value(where, name) is { } value)
            {
                if (Holds(properties[..count], name)) Twice(where, name);
                else properties[count++] = new(name, value);
            }
        }

        if (seen > PropertiesMax) Fail(where, $"{seen} properties; at most {PropertiesMax} are taken.");
        return count == 0 ? null : new(properties[..count].ToArray());
    }

    private static bool Holds(ReadOnlySpan<KeyValuePair<string, Scalar>> properties, string name)
    {
        foreach (var property in properties)
        {
            if (property.Key == name) return true;
        }

        return false;
    }

    private Scalar? Value(string where, string name)
    {
        switch (_json.TokenType)
        {
            case JsonTokenType.True: return Scalar.Of(true);
            case JsonTokenType.False: return Scalar.Of(false);
            case JsonTokenType.Number: return Number(where, name);
            case JsonTokenType.String:
                if (RepeatedText(where, name) is not { } text) return null;
                if (text.Length <= PropertyTextLengthMax && !text.Contains('\0')) return Scalar.Of(text);
                Fail(where, $"A text of at most {PropertyTextLengthMax} characters, without NUL, is expected.", name);
                return null;
            default:
                Mistyped(where, "A scalar is expected: a text, a number, true or false; nothing nested, no null.", name);
                return null;
        }
    }

    private Scalar? Number(string where, string name)
    {
        // Never false on a JSON number: what is too large reads as infinity.
        _json.TryGetDouble(out var number);
        if (JsonNumbers.Complaint(number, _json.ValueSpan) is { } complaint)
        {
            Fail(where, complaint, name);
            return null;
        }

        return Scalar.Of(number);
    }

    private string? Optional(string where) =>
        _json.TokenType == JsonTokenType.Null ? null : Checked(RepeatedText(where), where, TagLengthMax);

    /// <summary>A text of 1 to N characters without control characters.</summary>
    private string? Text(string where, int lengthMax) => Checked(RawText(where), where, lengthMax);

    private string? Checked(string? text, string where, int lengthMax)
    {
        if (text is null || (text.Length > 0 && text.Length <= lengthMax && !HasControl(text))) return text;
        Fail(where, $"A text of 1 to {lengthMax} characters, no control characters, is expected.");
        return null;
    }

    /// <summary>A text others are likely to state too.</summary>
    private string? RepeatedText(string where, string? name = null)
    {
        var known = _json.TokenType == JsonTokenType.String && !_json.ValueIsEscaped ? RepeatedTexts.Of(_json.ValueSpan) : null;
        return known ?? RawText(where, name: name);
    }

    /// <summary>Whether it is a text that can be looked into without a string of it: half of a surrogate pair makes the reader throw.</summary>
    private bool IsText(string where, string expected) =>
        _json is { TokenType: JsonTokenType.String, ValueIsEscaped: false } || RawText(where, expected) is not null;

    private string? RawText(string where, string expected = "A text is expected.", string? name = null)
    {
        if (_json.TokenType != JsonTokenType.String)
        {
            Mistyped(where, expected, name);
            return null;
        }

        try
        {
            return _json.GetString();
        }
        catch (InvalidOperationException)
        {
            Fail(where, "The text is not valid Unicode (a lone surrogate or broken UTF-8).", name);
            return null;
        }
    }

    /// <summary>The name the reader stands on; null when it is no text, which is then reported.</summary>
    private string? MemberName(string where)
    {
        if (!_json.ValueIsEscaped && RepeatedTexts.Of(_json.ValueSpan) is { } known) return known;
        try
        {
            return _json.GetString();
        }
        catch (InvalidOperationException)
        {
            Fail(where, "A field's name is not valid Unicode (a lone surrogate or broken UTF-8).");
            return null;
        }
    }

    private static bool HasControl(string text)
    {
        foreach (var c in text)
        {
            if (char.IsControl(c)) return true;
        }

        return false;
    }

    [InlineArray(PropertiesMax)]
    private struct PropertyBuffer
    {
        private KeyValuePair<string, Scalar> _first;
    }
}
