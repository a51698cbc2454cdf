namespace LeadScoring.Host.Http;

/// <summary>Collects what is wrong with a request, by JSON path (<c>$.actor</c>) or query parameter (<c>limit</c>).</summary>
public sealed class Validation(int messagesMax = Validation.MessagesMax)
{
    /// <summary>Messages beyond this many are dropped: a body full of mistakes must not make a larger answer.</summary>
    public const int MessagesMax = 50;

    private readonly Dictionary<string, List<string>> errors = new(StringComparer.Ordinal);
    private int messages;

    public bool Failed => messages > 0;

    /// <summary>True once further checking tells the caller nothing more.</summary>
    public bool Full => messages >= messagesMax;

    public void Add(string path, string message)
    {
        if (Full) return;
        messages++;
        if (!errors.TryGetValue(path, out var list)) errors.Add(path, list = []);
        list.Add(message);
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
    public Refusal? ToRefusal() => Failed
        ? Refusal.Invalid(errors.ToDictionary(e => e.Key, IReadOnlyList<string> (e) => e.Value, StringComparer.Ordinal))
        : null;
}
