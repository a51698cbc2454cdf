using System.Text.Json;
using LeadScoring.Domain;

namespace LeadScoring.Benchmarks.Traffic;

/// <summary>What a person of the sampled population did: types in proportions a marketing site sees, with the usual properties.</summary>
/// <param name="Lateness">How long before it is posted it happened.</param>
internal sealed record SampledEngagement(
    string Source,
    string Type,
    string Campaign,
    string Channel,
    string? Asset,
    Dictionary<string, Scalar> Properties,
    TimeSpan Lateness)
{
    private static readonly (string Type, string Source, string Channel, int Weight)[] Kinds =
    [
        ("page_viewed", "website", "organic", 46),
        ("email_opened", "mailer", "email", 18),
        ("email_clicked", "mailer", "email", 8),
        ("content_downloaded", "website", "paid_search", 8),
        ("pricing_page_viewed", "website", "organic", 8),
        ("webinar_attended", "webinars", "partner", 4),
        ("careers_page_viewed", "website", "organic", 3),
        ("contact_form_submitted", "website", "paid_social", 2),
        ("demo_requested", "website", "paid_search", 1),
        ("unsubscribed", "mailer", "email", 1),
        ("email_bounced", "mailer", "email", 1),
    ];

    private static readonly int WeightOfAll = Kinds.Sum(k => k.Weight);
    private static readonly string[] Devices = ["desktop", "mobile", "tablet"];
    private static readonly string[] Countries = ["DE", "US", "GB", "FR", "NL", "PL", "JP", "BR"];

    private const int LatePercent = 2;
    private const int LateHoursMax = 24;
    private const int PromptMsMax = 1_000;
    private const int Pages = 400;
    private const int Campaigns = 12;
    private const int Assets = 60;
    private const int SecondsOnPageMax = 600;

    public static SampledEngagement Take(Random random)
    {
        var kind = KindAt(random.Next(WeightOfAll));
        var lateness = random.Next(100) < LatePercent
            ? TimeSpan.FromSeconds(random.Next(LateHoursMax * 3600))
            : TimeSpan.FromMilliseconds(random.Next(PromptMsMax));
        return new SampledEngagement(
            kind.Source,
            kind.Type,
            $"2026-q{1 + random.Next(4)}-launch-{random.Next(Campaigns)}",
            kind.Channel,
            kind.Type is "content_downloaded" or "webinar_attended" ? $"guide-{random.Next(Assets)}" : null,
            new Dictionary<string, Scalar>(StringComparer.Ordinal)
            {
                ["path"] = Scalar.Of($"/products/scoring/page-{random.Next(Pages)}"),
                ["device"] = Scalar.Of(Devices[random.Next(Devices.Length)]),
                ["country"] = Scalar.Of(Countries[random.Next(Countries.Length)]),
                ["seconds"] = Scalar.Of(random.Next(SecondsOnPageMax)),
                ["returning"] = Scalar.Of(random.Next(2) == 0),
            },
            lateness);
    }

    /// <summary>The members that do not name the fact, its time or its lead.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteString("source", Source);
        json.WriteString("type", Type);
        json.WriteString("campaign", Campaign);
        json.WriteString("channel", Channel);
        if (Asset is not null) json.WriteString("asset", Asset);
        json.WritePropertyName("properties");
        JsonSerializer.Serialize(json, Properties);
    }

    private static (string Type, string Source, string Channel, int Weight) KindAt(int point)
    {
        foreach (var kind in Kinds)
        {
            if ((point -= kind.Weight) < 0) return kind;
        }

        throw new ArgumentOutOfRangeException(nameof(point));
    }
}
