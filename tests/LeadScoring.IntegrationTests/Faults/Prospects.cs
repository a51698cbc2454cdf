using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;

namespace LeadScoring.IntegrationTests.Faults;

/// <summary>One engagement as a producer knows it.</summary>
/// <param name="Prospect">Whose it is: index in <see cref="Prospects.People"/>.</param>
/// <param name="Fact">What happened.</param>
/// <param name="Json">The body of its post, UTF-8; the same at every repeat.</param>
/// <param name="Rival">It names this other prospect too, by a weaker identity; null: it does not.</param>
internal sealed record PlainEngagement(int Prospect, EngagementRecorded Fact, ReadOnlyMemory<byte> Json, int? Rival);

/// <summary>A person, by all the names the input gives them.</summary>
internal sealed record Prospect(IReadOnlyCollection<Identity> Identities);

/// <summary>
/// Seeded prospects and what they did in the sixty days before: a few do most of it. However their engagements are
/// ordered, each person becomes one lead: some always show the cookie they were first seen with and state an e-mail later,
/// some come from a CRM or a mailing list, some from two devices; and some are introduced with all their names (those
/// engagements come first) and go by any one of them afterwards.
/// </summary>
internal sealed record Prospects(
    IReadOnlyList<Prospect> People, IReadOnlyList<PlainEngagement> Introductions, IReadOnlyList<PlainEngagement> Engagements)
{
    private const int Days = 60;
    private const int NewsletterDays = 6;
    private const int MinutesPerDay = 24 * 60;

    /// <summary>How uneven prospects are; the first of 400 does about as much as the last hundred.</summary>
    private const double Popularity = 0.8;

    /// <summary>Pairs of introduced prospects that share a device, and how often both names come together.</summary>
    private const int RivalPairs = 6;
    private const int PostsPerRivalPair = 3;

    private static readonly (string Type, int Weight)[] Types =
    [
        ("page_viewed", 340), ("email_opened", 220), ("email_clicked", 90), ("pricing_page_viewed", 70),
        ("content_downloaded", 70), ("video_watched", 70), ("webinar_attended", 40), ("careers_page_viewed", 60), ("unsubscribed", 15), ("email_bounced", 13),
        ("contact_form_submitted", 6), ("demo_requested", 6),
    ];

    private static readonly TimeSpan[] Offsets =
        [TimeSpan.Zero, TimeSpan.FromHours(2), TimeSpan.FromHours(-7), new TimeSpan(hours: 5, minutes: 30, seconds: 0)];

    /// <summary>In whole seconds.</summary>
    public static DateTimeOffset AMinuteAgo => DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 60);

    /// <summary>Every engagement, the introductions first.</summary>
    public IEnumerable<PlainEngagement> All => Introductions.Concat(Engagements);

    /// <param name="people">One per four is introduced.</param>
    /// <param name="engagements">Introductions included.</param>
    /// <param name="until">The latest time anything occurred. Recent: a score decayed to nothing would prove nothing.</param>
    public static Prospects Make(int seed, int people, int engagements, DateTimeOffset until) =>
        new Making(new Random(seed), people, until).Make(engagements);

    private sealed class Making(Random random, int people, DateTimeOffset until)
    {
        private readonly HashSet<Identity>[] _identities = [.. Enumerable.Range(0, people).Select(_ => new HashSet<Identity>())];
        private readonly double[] _popularity = Popularities(people);
        private readonly Dictionary<string, int> _postedBySource = [];

        public Prospects Make(int engagements)
        {
            var introductions = Enumerable.Range(0, people).Where(IsIntroduced)
                .Select(p => Engagement(p, "form_submitted", [ExternalId(p), Email(p), AnonymousId(p)]))
                .ToArray();
            var conflicting = introductions.Select(i => i.Prospect).Chunk(2).Where(pair => pair.Length == 2).Take(RivalPairs)
                .SelectMany(pair => Enumerable.Range(0, PostsPerRivalPair)
                    .Select(_ => Engagement(pair[0], TypeOfChance(), [Email(pair[0]), AnonymousId(pair[1])], rival: pair[1])))
                .ToArray();
            var others = Enumerable.Range(0, engagements - introductions.Length - conflicting.Length).Select(_ =>
            {
                var prospect = ProspectOfChance();
                return Engagement(prospect, TypeOfChance(), Names(prospect));
            });
            return new([.. _identities.Select(i => new Prospect(i))], introductions, [.. conflicting, .. others]);
        }

        private static bool IsIntroduced(int prospect) => prospect % 4 == 3;

        private Identity[] Names(int prospect)
        {
            var knownByNow = random.Next(2) == 0;
            return (prospect % 4) switch
            {
                0 => knownByNow ? [Email(prospect), AnonymousId(prospect)] : [AnonymousId(prospect)],
                1 => knownByNow ? [ExternalId(prospect), Email(prospect)] : [ExternalId(prospect)],
                2 => [Email(prospect), AnonymousId(prospect, device: random.Next(2))],
                _ => random.Next(3) switch
                {
                    0 => [ExternalId(prospect)],
                    1 => [Email(prospect)],
                    _ => [AnonymousId(prospect)],
                },
            };
        }

        private PlainEngagement Engagement(int prospect, string type, Identity[] names, int? rival = null)
        {
            _identities[prospect].UnionWith(rival is null ? names : []);
            var source = type.StartsWith("email", StringComparison.Ordinal) || type == "unsubscribed" ? "mailer"
                : type == "webinar_attended" ? "events" : "website";
            // Producers count for themselves: the same id comes from several of them and means different facts.
            var id = $"{_postedBySource[source] = _postedBySource.GetValueOrDefault(source) + 1}";
            var fact = new EngagementRecorded(
                source,
                id,
                type,
                OccurredAt(type),
                Campaign: random.Next(3) == 0 ? $"campaign-{random.Next(6)}" : null,
                Channel: random.Next(4) == 0 ? "paid" : null,
                Asset: type == "content_downloaded" ? $"guide-{random.Next(9)}" : null,
                Product: random.Next(5) == 0 ? $"product-{random.Next(3)}" : null);
            return new(prospect, fact, Json(fact, names), rival);
        }

        private DateTimeOffset OccurredAt(string type)
        {
            // A newsletter is opened again and again on the day it was sent: that is what the daily cap is for.
            var day = type == "email_opened" ? random.Next(NewsletterDays) * (Days / NewsletterDays) : random.Next(Days);
            var millisecondsBefore = ((day * MinutesPerDay) + random.Next(MinutesPerDay)) * 60_000L + random.Next(60_000);
            return until.AddMilliseconds(-millisecondsBefore);
        }

        private byte[] Json(EngagementRecorded fact, Identity[] names)
        {
            var lead = new JsonObject();
            foreach (var name in names)
            {
                lead[Member(name.Kind)] = name.Kind == IdentityKind.Email ? AsTyped(name.Value) : name.Value;
            }

            var body = new JsonObject
            {
                ["id"] = fact.Id,
                ["source"] = fact.Source,
                ["type"] = fact.Type,
                ["occurredAt"] = fact.OccurredAt.ToOffset(Offsets[random.Next(Offsets.Length)])
                    .ToString("yyyy-MM-dd'T'HH:mm:ss.fffzzz", CultureInfo.InvariantCulture),
                ["lead"] = lead,
                ["properties"] = new JsonObject { ["seconds"] = random.Next(600), ["returning"] = random.Next(2) == 0 },
            };
            foreach (var (member, text) in new[]
                { ("campaign", fact.Campaign), ("channel", fact.Channel), ("asset", fact.Asset), ("product", fact.Product) })
            {
                if (text is not null) body[member] = text;
            }

            return JsonSerializer.SerializeToUtf8Bytes(body);
        }

        /// <summary>People write the same address in many ways.</summary>
        private string AsTyped(string email) => random.Next(4) switch
        {
            0 => email.ToUpperInvariant(),
            1 => $" {email} ",
            _ => email,
        };

        private static string Member(IdentityKind kind) => kind switch
        {
            IdentityKind.ExternalId => "externalId",
            IdentityKind.Email => "email",
            _ => "anonymousId",
        };

        private static Identity ExternalId(int prospect) => new(IdentityKind.ExternalId, $"crm-{prospect}");

        private static Identity Email(int prospect) => new(IdentityKind.Email, $"person.{prospect}@example.com");

        private static Identity AnonymousId(int prospect, int device = 0) =>
            new(IdentityKind.AnonymousId, $"cookie-{prospect}-{device}");

        private string TypeOfChance()
        {
            var chance = random.Next(Types.Sum(t => t.Weight));
            return Types.First(t => (chance -= t.Weight) < 0).Type;
        }

        private int ProspectOfChance()
        {
            var index = Array.BinarySearch(_popularity, random.NextDouble() * _popularity[^1]);
            return index < 0 ? ~index : index;
        }

        private static double[] Popularities(int people)
        {
            var sum = 0.0;
            return [.. Enumerable.Range(1, people).Select(rank => sum += Math.Pow(rank, -Popularity))];
        }
    }
}
