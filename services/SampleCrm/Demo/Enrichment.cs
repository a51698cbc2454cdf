using System.Text.Json;
using LeadScoring.Contracts;

namespace SampleCrm.Demo;

/// <summary>What a data provider knows of somebody as soon as the e-mail address is known.</summary>
public static class Enrichment
{
    public const string Actor = "enrichment";
    private const double CompanySizeUnknownShare = 0.1;

    public static AttributesPatch Of(Person person)
    {
        var attributes = new Dictionary<string, JsonElement>
        {
            ["name"] = Text(person.Name),
            ["company"] = Text(person.Company.Name),
            ["seniority"] = Text(person.Seniority),
            ["department"] = Text(person.Department),
            ["relationship"] = Text(person.Persona == Persona.Competitor ? "competitor" : "prospect"),
        };
        if (!Seeds.Dice(0, $"enrichment {person.Email}").Chance(CompanySizeUnknownShare))
        {
            attributes["company_size"] = JsonSerializer.SerializeToElement(person.Company.Size);
        }

        return new(Actor, attributes);
    }

    private static JsonElement Text(string text) => JsonSerializer.SerializeToElement(text);
}
