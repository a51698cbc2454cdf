using System.Globalization;

namespace LeadScoring.Host.Http;

/// <summary>Collects what is wrong with a request, by JSON path (<c>$.actor</c>) or query parameter (<c>limit</c>).</summary>
public sealed class Validation(int messagesMax = Validation.MessagesMax)
{
    /// <summary>Messages beyond this many are dropped: a body full of mistakes must not make a larger answer.</summary>
    public const int MessagesMax = 50;

    private Dictionary<string, List<string>>? errors;
    private int messages;

    public bool Failed => messages > 0;

    /// <summary>True once further checking tells the caller nothing more.</summary>
    public bool Full => messages >= messagesMax;

    public void Add(string path, string message)
    {
        if (Full) return;
        errors ??= new(StringComparer.Ordinal);
        if (!errors.TryGetValue(path, out var list)) errors.Add(path, list = []);
        if (list.Contains(message)) return;
        list.Add(message);
        messages++;
    }

    /// <summary>Adds the message unless the rule holds.</summary>
    public void Require(bool holds, string path, string message)
    {
        if (!holds) Add(path, message);
    }

    /// <summary>A text of 1 to <paramref name="lengthMax"/> characters, not blank, in one line.</summary>
    public void Text(string path, string? text, int lengthMax)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            Add(path, "The text must not be blank.");
            return;
        }

        OptionalText(path, text, lengthMax);
    }

    /// <summary>Like <see cref="Text"/>, or null.</summary>
    public void OptionalText(string path, string? text, int lengthMax)
    {
        if (text is null) return;
        if (text.Length == 0) Add(path, "The text must not be empty; leave the field out instead.");
        else if (text.Length > lengthMax) Add(path, $"At most {lengthMax} characters are allowed; these are {text.Length}.");
        else if (text.Any(char.IsControl)) Add(path, "Control characters (line breaks, tabs and the like) are not allowed.");
    }

    /// <summary>A text that may have lines, at most <paramref name="lengthMax"/> characters, or null.</summary>
    public void Note(string path, string? text, int lengthMax)
    {
        if (text is null) return;
        if (text.Length > lengthMax) Add(path, $"At most {lengthMax} characters are allowed; these are {text.Length}.");
        else if (text.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t')))
        {
            Add(path, "Control characters other than line breaks and tabs are not allowed.");
        }
    }

    /// <summary>Null when everything holds.</summary>
    /// <param name="root">Where in the body the JSON stands that was checked.</param>
    public Refusal? ToRefusal(string root = "$") => errors is not null
        ? Refusal.Invalid(errors.ToDictionary(
            e => e.Key.StartsWith('$') ? root + e.Key[1..] : e.Key, IReadOnlyList<string> (e) => e.Value, StringComparer.Ordinal))
        : null;
}

/// <summary>Reads query parameters strictly; what is wrong goes to the validation by the parameter's name.</summary>
public static class QueryRules
{
    /// <summary>How far a client's clock may be ahead of ours before its "now" is refused as the future.</summary>
    public static readonly TimeSpan AheadMax = TimeSpan.FromMinutes(5);

    private const int NameLengthMax = 64;
    private const int OffsetLength = 6;
    private static readonly string[] InstantFormats = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <summary>A misspelt filter must not silently show everything.</summary>
    public static void KnownOnly(this Validation validation, IQueryCollection query, params ReadOnlySpan<string> known)
    {
        foreach (var name in query.Keys)
        {
            if (known.Contains(name)) continue;
            var isPlain = name.Length is > 0 and <= NameLengthMax && name.All(char.IsAsciiLetterOrDigit);
            var hint = known.Length == 0 ? "none are known here." : $"known here: {string.Join(", ", known!)}.";
            validation.Add(isPlain ? name : "[?]", $"Unknown query parameter; {hint}");
        }
    }

    public static int Whole(this Validation validation, string name, string? text, int least, int most, int otherwise)
    {
        if (text is null) return otherwise;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        validation.Add(name, $"A whole number from {least} to {most} is expected.");
        return otherwise;
    }

    public static double? Number(this Validation validation, string name, string? text)
    {
        if (text is null) return null;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)) return number;
        validation.Add(name, "A number is expected.");
        return null;
    }

    /// <summary>RFC 3339 with an offset; null also when it is wrong.</summary>
    /// <returns>In UTC.</returns>
    public static DateTimeOffset? Instant(this Validation validation, string name, string? text)
    {
        if (text is null) return null;
        var hasOffset = text.EndsWith('Z') || (text.Length > OffsetLength && text[^OffsetLength] is '+' or '-');
        if (hasOffset && DateTimeOffset.TryParseExact(
            text, InstantFormats, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var at))
        {
            return at;
        }

        validation.Add(name, "A time with its offset is expected (RFC 3339), like 2026-03-01T12:00:00Z; a + is written %2B here.");
        return null;
    }

    /// <summary>An instant that is not in the future; a clock that is a little ahead means now.</summary>
    public static DateTimeOffset? PastInstant(this Validation validation, string name, string? text, DateTimeOffset now)
    {
        var at = validation.Instant(name, text);
        if (at > now + AheadMax) validation.Add(name, "The time is in the future.");
        return at > now ? now : at;
    }

    /// <summary>One of a closed list of codes.</summary>
    public static T? Code<T>(this Validation validation, string name, string? text, IReadOnlyDictionary<string, T> codes)
        where T : struct
    {
        if (text is null) return null;
        if (codes.TryGetValue(text, out var code)) return code;
        validation.Add(name, $"One of {string.Join(", ", codes.Keys)} is expected.");
        return null;
    }
}
