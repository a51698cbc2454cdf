using System.Text.Json;

namespace LeadScoring.Benchmarks.Traffic;

/// <summary>How producers name a lead: most by e-mail, some of these with a cookie, the rest by a CRM's id or by the cookie alone.</summary>
internal static class SampledLead
{
    /// <param name="number">The same number is the same person.</param>
    public static void WriteTo(Utf8JsonWriter json, int number)
    {
        var share = number % 20;
        json.WriteStartObject("lead");
        if (share < 11) json.WriteString("email", $"person.{number}@company-{number % 1500}.example");
        if (share is >= 11 and < 16) json.WriteString("externalId", $"crm-{number:D8}");
        if (share is < 4 or >= 16) json.WriteString("anonymousId", $"visitor-{number * 2654435761L:x16}");
        json.WriteEndObject();
    }
}
