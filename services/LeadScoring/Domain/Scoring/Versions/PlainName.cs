using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace LeadScoring.Domain.Scoring.Versions;

/// <summary>
/// A name is the same name in capitals or not, however its letters are composed and its words spaced, in letters of any width, with or
/// without what nobody sees.
/// </summary>
/// <remarks>
/// By a table of its own: the program runs without the system's tables of languages (InvariantGlobalization), and there
/// <see cref="string.Normalize()"/> leaves all but ASCII as it is. The table holds, in hexadecimal, each letter, mark and space of the
/// Basic Multilingual Plane that Unicode 14 decomposes canonically or that is the wide or narrow form of another, and the whole of what
/// it comes apart into; Hangul syllables follow a formula (Unicode Standard, 3.12).
/// </remarks>
internal static class PlainName
{
    private const int HangulFirst = 0xAC00;
    private const int HangulLast = 0xD7A3;
    private const int HangulVowels = 21;
    private const int HangulTails = 28;

    private static readonly FrozenDictionary<char, string> Decompositions = Read();

    public static bool IsSame(string one, string other) => string.Equals(Of(one), Of(other), StringComparison.OrdinalIgnoreCase);

    private static string Of(string name)
    {
        var letters = new StringBuilder(name.Length * 2);
        var marks = new List<char>();
        foreach (var c in name.Where(c => CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.Format).SelectMany(Decomposed))
        {
            if (CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.NonSpacingMark)
            {
                marks.Add(c);
                continue;
            }

            Append(letters, marks);
            letters.Append(c);
        }

        Append(letters, marks);
        return string.Join(' ', letters.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>Marks above and below a letter may be typed in any order.</summary>
    private static void Append(StringBuilder letters, List<char> marks)
    {
        marks.Sort();
        foreach (var mark in marks) letters.Append(mark);
        marks.Clear();
    }

    private static IEnumerable<char> Decomposed(char c) => c is >= (char)HangulFirst and <= (char)HangulLast
        ? Jamo(c - HangulFirst)
        : Decompositions.TryGetValue(c, out var parts) ? parts : [c];

    private static IEnumerable<char> Jamo(int syllable)
    {
        yield return (char)(0x1100 + (syllable / (HangulVowels * HangulTails)));
        yield return (char)(0x1161 + (syllable % (HangulVowels * HangulTails) / HangulTails));
        if (syllable % HangulTails is > 0 and var tail) yield return (char)(0x11A7 + tail);
    }

    private static FrozenDictionary<char, string> Read()
    {
        var assembly = typeof(PlainName).Assembly;
        var name = assembly.GetManifestResourceNames().Single(n => n.EndsWith("letter-decompositions.txt", StringComparison.Ordinal));
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        var decompositions = new Dictionary<char, string>();
        while (reader.ReadLine() is { } line)
        {
            var letters = line.Split(' ').Select(code => (char)ushort.Parse(code, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)).ToArray();
            decompositions.Add(letters[0], new(letters[1..]));
        }

        return decompositions.ToFrozenDictionary();
    }
}
