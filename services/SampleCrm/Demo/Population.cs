using System.Text;
using Bogus;

namespace SampleCrm;

/// <summary>Why somebody visits, which decides what they do.</summary>
public enum Persona { TyreKicker, Researcher, Champion, ReadyBuyer, Student, Competitor, NewsletterReader }

/// <param name="Email">In a domain under <c>.example</c>: nobody can ever receive mail there (RFC 2606).</param>
public sealed record Person(
    string Name, string Email, string AnonymousId, string Company, int CompanySize, string Seniority, string Department, Persona Persona)
{
    private const double CompanySizeUnknownShare = 0.1;

    /// <summary>What a data provider knows of somebody as soon as the e-mail address is known.</summary>
    public AttributesPatch Attributes()
    {
        var relationship = Persona == Persona.Competitor ? "competitor" : "prospect";
        var attributes = new Dictionary<string, object>
        {
            ["name"] = Name, ["company"] = Company, ["seniority"] = Seniority, ["department"] = Department, ["relationship"] = relationship,
        };
        if (!Seeds.Dice(0, $"enrichment {Email}").Chance(CompanySizeUnknownShare)) attributes["company_size"] = CompanySize;
        return new("enrichment", attributes.ToDictionary(known => known.Key, known => JsonSerializer.SerializeToElement(known.Value)));
    }
}

/// <summary>Invented people of invented companies: the same seed and wave give the same people.</summary>
public static class Population
{
    public const int People = 400;
    private const int Companies = 120;
    private static readonly string[] Departments = ["marketing", "marketing", "sales", "sales", "operations", "it", "finance", "human_resources", "legal"];
    private static readonly string[] Seniorities = ["specialist", "specialist", "specialist", "manager", "manager", "head", "director", "vp", "c_level"];
    private static readonly (Persona Persona, double Share)[] Personas =
    [
        (Persona.TyreKicker, 0.25), (Persona.Researcher, 0.22), (Persona.NewsletterReader, 0.16), (Persona.Champion, 0.16),
        (Persona.ReadyBuyer, 0.09), (Persona.Student, 0.08), (Persona.Competitor, 0.04),
    ];

    /// <param name="wave">0-based; each wave is a new <see cref="People"/> people, as new prospects keep coming.</param>
    public static IReadOnlyList<Person> Of(int seed, int wave)
    {
        var faker = new Faker("en") { Random = new Randomizer(Seeds.Derive(seed, "population", wave)) };
        var dice = Seeds.Dice(seed, "people", wave);
        var companies = Enumerable.Range(wave * Companies, Companies).Select(CompanyOf).ToList();
        return [.. Enumerable.Range(0, People).Select(PersonOf)];

        (string Name, string Domain, int Size) CompanyOf(int number)
        {
            var name = faker.Company.CompanyName();
            return (name, $"{Slug(name)}-{number}.example", (int)Math.Round(2 * Math.Pow(4_000, dice.NextDouble())));
        }

        Person PersonOf(int number)
        {
            var chance = dice.NextDouble();
            var persona = Personas.FirstOrDefault(it => (chance -= it.Share) < 0).Persona;
            var (company, domain, size) = persona switch
            {
                Persona.Student => ("University of Example", $"university-{wave}.example", 6_000),
                Persona.Competitor => ("Rival Scoring", $"rival-{wave}.example", 450),
                _ => dice.Pick(companies),
            };
            var isBuyer = persona is Persona.Champion or Persona.ReadyBuyer;
            var seniority = persona == Persona.Student ? "student" : dice.Pick(isBuyer ? Seniorities[4..] : Seniorities);
            var department = persona == Persona.Student ? "research" : dice.Pick(Departments);
            var (first, last) = (faker.Name.FirstName(), faker.Name.LastName());
            var cookie = $"v-{faker.Random.Hexadecimal(12, prefix: "")}-{wave}-{number}";
            return new($"{first} {last}", $"{Slug(first)}.{Slug(last)}.{number}@{domain}", cookie, company, size, seniority, department, persona);
        }
    }

    private static string Slug(string text) =>
        string.Concat(text.ToLowerInvariant().Where(c => char.IsAsciiLetterOrDigit(c) || c == ' ')).Replace(' ', '-');
}

/// <summary>One seed gives many independent dice, each named by what it is thrown for, so that adding a throw in one place does not change the
/// outcome in another. <see cref="HashCode"/> will not do: it differs from process to process.</summary>
internal static class Seeds
{
    public static Random Dice(int seed, string what, long number = 0) => new(Derive(seed, what, number));

    public static int Derive(int seed, string what, long number = 0)
    {
        var mixed = Mix((ulong)seed);
        foreach (var b in Encoding.UTF8.GetBytes(what)) mixed = Mix(mixed ^ b);
        return (int)(Mix(mixed ^ (ulong)number) >> 33);
    }

    public static bool Chance(this Random dice, double share) => dice.NextDouble() < share;
    public static double Between(this Random dice, double low, double high) => low + (dice.NextDouble() * (high - low));
    public static T Pick<T>(this Random dice, IReadOnlyList<T> choices) => choices[dice.Next(choices.Count)];
    public static List<T> Shuffled<T>(this Random dice, IEnumerable<T> items) => [.. items.OrderBy(_ => dice.Next())];
    public static string InSnakeCase(this Enum code) => JsonNamingPolicy.SnakeCaseLower.ConvertName(code.ToString());
    public static string InWords(this Enum code) => code.InSnakeCase().Replace('_', ' ');

    /// <summary>SplitMix64's finaliser (Steele, Lea, Flood 2014).</summary>
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
