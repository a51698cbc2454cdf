using System.Text.Json;

namespace SampleCrm;

/// <summary>Codes as the wire writes them, and as people read them.</summary>
internal static class Words
{
    public static string InSnakeCase(this Enum code) => JsonNamingPolicy.SnakeCaseLower.ConvertName(code.ToString());

    public static string InWords(this Enum code) => code.InSnakeCase().Replace('_', ' ');
}
