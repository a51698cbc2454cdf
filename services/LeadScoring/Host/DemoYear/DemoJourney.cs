using System.Globalization;
using LeadScoring.Domain;
using LeadScoring.Domain.Leads;

namespace LeadScoring.Host.DemoYear;

/// <summary>What one person of the demo year does by themselves: waves of interest, each of a few weeks.</summary>
internal static class DemoJourney
{
    public const string Source = "demo_year";

    private const int WavesMax = 3;
    private const double WaveDays = 18;
    private const int EngagementsOfTypeMax = 20;

    /// <summary>How many of each in a wave of middling interest.</summary>
    private static readonly (string Type, double Mean)[] Types =
    [
        ("page_viewed", 6), ("email_opened", 4), ("email_clicked", 2.5), ("content_downloaded", 2.6), ("pricing_page_viewed", 1.6),
        ("webinar_attended", 0.8), ("demo_requested", 0.08), ("careers_page_viewed", 0.02), ("unsubscribed", 0.02),
    ];

    private static readonly string[] Seniorities = ["c_level", "vp", "director", "manager", "head", "specialist", "specialist", "analyst", "student"];
    private static readonly string[] Departments = ["marketing", "sales", "operations", "it", "finance", "hr", "legal"];
    private static readonly string[] Campaigns = ["spring_launch", "autumn_summit", "always_on"];

    public static Dictionary<string, Scalar?> Attributes(Random random) => new()
    {
        ["seniority"] = Scalar.Of(Pick(Seniorities, random)),
        ["department"] = Scalar.Of(Pick(Departments, random)),
        ["company_size"] = Scalar.Of(Math.Round(Math.Exp(2.5 + (4.5 * random.NextDouble())))),
    };

    /// <returns>Oldest first, none before <paramref name="from"/> nor after <paramref name="to"/>.</returns>
    public static List<EngagementRecorded> Engagements(string name, DateTimeOffset from, DateTimeOffset to, Random random)
    {
        var engagements = new List<EngagementRecorded>();
        var waves = 1 + random.Next(WavesMax);
        for (var wave = 0; wave < waves; wave++)
        {
            var begins = from + ((to - from) * random.NextDouble());
            var eagerness = Math.Exp(0.5 * Normal(random));
            foreach (var (type, mean) in Types)
            {
                var count = Math.Min(EngagementsOfTypeMax, Poisson(mean * eagerness, random));
                for (var i = 0; i < count; i++)
                {
                    var at = WholeSeconds(begins.AddDays(WaveDays * random.NextDouble()));
                    var campaign = Pick(Campaigns, random);
                    if (at <= to) engagements.Add(new(Source, "", type, at, Campaign: campaign, Channel: "web"));
                }
            }
        }

        // One who was never heard of would be no lead.
        if (engagements.Count == 0) engagements.Add(new(Source, "", "page_viewed", WholeSeconds(from + ((to - from) * random.NextDouble())), Channel: "web"));
        engagements.Sort((a, b) => a.OccurredAt.CompareTo(b.OccurredAt));
        return [.. engagements.Select((e, i) => e with { Id = string.Create(CultureInfo.InvariantCulture, $"{name}-{i}") })];
    }

    private static T Pick<T>(T[] all, Random random) => all[random.Next(all.Length)];

    private static DateTimeOffset WholeSeconds(DateTimeOffset at) => at.AddTicks(-(at.UtcTicks % TimeSpan.TicksPerSecond));

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>Knuth's way; means here are small.</summary>
    private static int Poisson(double mean, Random random)
    {
        var (bound, product, count) = (Math.Exp(-mean), random.NextDouble(), 0);
        for (; product > bound && count < EngagementsOfTypeMax; count++) product *= random.NextDouble();
        return count;
    }
}
