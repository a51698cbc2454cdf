using Bogus;

namespace SampleCrm.Demo;

/// <summary>Why somebody visits, which decides what they do.</summary>
public enum Persona
{
    TyreKicker,
    Researcher,
    Champion,
    ReadyBuyer,
    Student,
    Competitor,
    NewsletterReader,
}

/// <param name="Size">Employees.</param>
public sealed record Company(string Name, string Domain, int Size);

/// <param name="Email">In a domain under <c>.example</c>: nobody can ever receive mail there (RFC 2606).</param>
/// <param name="AnonymousId">The cookie of the one browser this person uses.</param>
public sealed record Person(
    string Name, string Email, string AnonymousId, Company Company, string Seniority, string Department, Persona Persona);

/// <summary>Invented people of invented companies: the same seed and wave give the same people.</summary>
public static class Population
{
    public const int People = 400;
    public const int Companies = 120;

    private static readonly (Persona Persona, double Share)[] Personas =
    [
        (Persona.TyreKicker, 0.25),
        (Persona.Researcher, 0.22),
        (Persona.NewsletterReader, 0.16),
        (Persona.Champion, 0.16),
        (Persona.ReadyBuyer, 0.09),
        (Persona.Student, 0.08),
        (Persona.Competitor, 0.04),
    ];

    private static readonly string[] Departments =
        ["marketing", "marketing", "sales", "sales", "operations", "it", "finance", "human_resources", "legal"];

    private static readonly string[] Seniorities =
        ["specialist", "specialist", "specialist", "manager", "manager", "head", "director", "vp", "c_level"];

    private static readonly string[] BuyersSeniorities = ["manager", "head", "director", "director", "vp", "c_level"];

    /// <param name="wave">0-based; each wave is a new <see cref="People"/> people, as new prospects keep coming.</param>
    public static IReadOnlyList<Person> Of(int seed, int wave)
    {
        var faker = new Faker("en") { Random = new Randomizer(Seeds.Derive(seed, "population", wave)) };
        var dice = Seeds.Dice(seed, "people", wave);
        var companies = Enumerable.Range(0, Companies).Select(n => CompanyOf(faker, dice, wave, n)).ToList();
        var university = new Company("University of " + faker.Address.City(), $"university-{wave}.example", Size: 6_000);
        var rival = new Company(faker.Company.CompanyName(), $"rival-{wave}.example", Size: 450);
        return Enumerable.Range(0, People).Select(n => PersonOf(faker, dice, companies, university, rival, wave, n)).ToList();
    }

    private static Company CompanyOf(Faker faker, Random dice, int wave, int number)
    {
        var name = faker.Company.CompanyName();
        var domain = $"{Slug(name)}-{(wave * Companies) + number}.example";
        var size = (int)Math.Round(2 * Math.Pow(4_000, dice.NextDouble()));
        return new(name, domain, size);
    }

    private static Person PersonOf(
        Faker faker, Random dice, IReadOnlyList<Company> companies, Company university, Company rival, int wave, int number)
    {
        var persona = PersonaOf(dice.NextDouble());
        var company = persona switch
        {
            Persona.Student => university,
            Persona.Competitor => rival,
            _ => dice.Pick(companies),
        };
        var (seniority, department) = persona switch
        {
            Persona.Student => ("student", "research"),
            Persona.Champion or Persona.ReadyBuyer => (dice.Pick(BuyersSeniorities), dice.Pick(Departments)),
            _ => (dice.Pick(Seniorities), dice.Pick(Departments)),
        };
        var (first, last) = (faker.Name.FirstName(), faker.Name.LastName());
        var email = $"{Slug(first)}.{Slug(last)}.{number}@{company.Domain}";
        var cookie = $"v-{faker.Random.Hexadecimal(12, prefix: "")}-{wave}-{number}";
        return new($"{first} {last}", email, cookie, company, seniority, department, persona);
    }

    private static Persona PersonaOf(double chance)
    {
        foreach (var (persona, share) in Personas)
        {
            if (chance < share) return persona;
            chance -= share;
        }

        return Personas[0].Persona;
    }

    private static string Slug(string text) =>
        string.Concat(text.ToLowerInvariant().Where(c => char.IsAsciiLetterOrDigit(c) || c == ' ')).Replace(' ', '-');
}
