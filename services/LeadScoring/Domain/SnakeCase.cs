namespace LeadScoring.Domain;

/// <summary>Names in documents and on the wire: <c>pricing_page_viewed</c>.</summary>
public static class SnakeCase
{
    /// <summary>A lower-case letter first, then lower-case letters, digits and single underscores; none at the end.</summary>
    public static bool Is(ReadOnlySpan<char> text, int lengthMax)
    {
        if (text.Length == 0 || text.Length > lengthMax || !char.IsAsciiLetterLower(text[0]) || text[^1] == '_') return false;
        for (var i = 1; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '_' ? text[i - 1] == '_' : !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c)) return false;
        }

        return true;
    }
}
