using System.Text;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Domain;
using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.Host.Engagements;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads;
using IdentityKind = LeadScoring.Domain.Identities.IdentityKind;

namespace LeadScoring.IntegrationTests.Engagements;

/// <summary>The reader against System.Text.Json, which reads the same body its own way.</summary>
public sealed class EngagementReaderFuzzTests
{
    private const int Seed = 20260302;
    private const int ValidBodies = 3_000;
    private const int MutatedBodies = 50_000;
    private const int MutationsMax = 3;
    private const int Originals = 200;

    private static readonly byte[][] Splices =
    [
        .. new[]
        {
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "\\ud800", "\\udc00", "\\u0069d", "null", "true", "1e999", "-0",
            "9007199254740993", "\"id\":1,", "\"lead\":{},", "\"email\":null,", "{\"a\":[]}", "engagements", "\uFEFF", "😀", "\0",
        }.Select(Encoding.UTF8.GetBytes),
        [0xC3], [0xFF], [0xED, 0xA0, 0x80], [0xC0, 0x80],
    ];

    // The depth at which System.Text.Json gives up must not be what tells the two readers apart.
    private static readonly JsonDocumentOptions AnyDepth = new() { MaxDepth = BodyLimits.BatchBytesMax };

    [Fact]
    public void A_valid_body_means_to_it_what_it_means_to_the_serializer()
    {
        var bodies = new RandomBody(new Random(Seed));
        for (var i = 0; i < ValidBodies; i++)
        {
            var body = bodies.Next();

            var read = EngagementReader.ReadOne(body, BadEngagements.Now);

            ShouldAgree(read.Value.ShouldNotBeNull(Encoding.UTF8.GetString(body)), body);
        }
    }

    [Fact]
    public void A_mutilated_body_is_read_refused_or_no_JSON_and_nothing_else()
    {
        var random = new Random(Seed);
        var bodies = new RandomBody(random);
        var originals = Enumerable.Range(0, Originals).Select(_ => bodies.Next()).ToArray();
        byte[] Any() => originals[random.Next(Originals)];
        var (taken, refused, malformed) = (0, 0, 0);
        for (var i = 0; i < MutatedBodies; i++)
        {
            var isBatch = random.Next(3) == 0;
            var body = Mutilate(isBatch ? [.. "{\"engagements\":["u8, .. Any(), .. ","u8, .. Any(), .. "]}"u8] : Any(), random);
            try
            {
                var outcome = ReadAndCheck(body, isBatch);
                taken += outcome.Taken;
                refused += outcome.Refused;
                malformed += outcome.Malformed;
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Body {i} of seed {Seed}: {Convert.ToBase64String(body)}", e);
            }
        }

        // Otherwise the mutations would try one path only.
        taken.ShouldBeGreaterThan(MutatedBodies / 20);
        refused.ShouldBeGreaterThan(MutatedBodies / 20);
        malformed.ShouldBeGreaterThan(MutatedBodies / 20);
    }

    private static (int Taken, int Refused, int Malformed) ReadAndCheck(byte[] body, bool isBatch)
    {
        var (items, refusal) = isBatch ? EngagementReader.ReadBatch(body, BadEngagements.Now) : AsBatch(EngagementReader.ReadOne(body, BadEngagements.Now));
        if (!IsJson(body))
        {
            if (items is not null || refusal is not { Code: "malformed_json" }) throw new InvalidOperationException("It was read although it is no JSON.");
            return (0, 0, 1);
        }

        if (items is null) ShouldSayWhy(refusal);
        foreach (var item in items ?? [])
        {
            if (item.Value is not { } posted)
            {
                ShouldSayWhy(item.Refusal);
                continue;
            }

            ShouldBeStorable(posted);
            if (!isBatch) ShouldAgree(posted, body);
        }

        var taken = items?.Count(i => i.Value is not null) ?? 0;
        return (taken, (items?.Count ?? 0) - taken, 0);
    }

    /// <summary>One that is refused is refused as the body, whatever is wrong with it.</summary>
    private static Body<IReadOnlyList<Body<PostedEngagement>>> AsBatch(Body<PostedEngagement> read) =>
        read.Refusal is { Code: "malformed_json" } ? new(null, read.Refusal) : new([read], null);

    // The checks below run tens of thousands of times: plain conditions, no assertion texts made in vain.
    private static void ShouldSayWhy(Refusal? refusal)
    {
        if (refusal is not { Code: "validation_failed", Errors.Count: > 0 } || !refusal.Errors.Keys.All(path => path[0] == '$'))
        {
            throw new InvalidOperationException($"It does not say why: {refusal}");
        }
    }

    /// <summary>What PostgreSQL cannot keep must not get this far; what it keeps must be known again.</summary>
    private static void ShouldBeStorable(PostedEngagement posted)
    {
        var fact = posted.Fact;
        string?[] texts =
        [
            fact.Id, fact.Source, fact.Campaign, fact.Channel, fact.Asset, fact.Product,
            .. posted.Identities.Select(i => i.Value), .. fact.Properties?.Keys ?? [],
            .. fact.Properties?.Values.Select(v => v.Text) ?? [],
        ];
        if (texts.Any(t => t?.Contains('\0') ?? false)) throw new InvalidOperationException("A text holds NUL.");
        var stored = JsonSerializer.SerializeToUtf8Bytes(fact, LeadEventJson.Default.EngagementRecorded);
        var again = JsonSerializer.Deserialize(stored, LeadEventJson.Default.EngagementRecorded)!;
        if (!again.SaysTheSameAs(fact)) throw new InvalidOperationException("A repeat would not be known again.");
    }

    private static void ShouldAgree(PostedEngagement posted, byte[] body)
    {
        var plain = JsonSerializer.Deserialize(body, WireJson.Default.Engagement)!;
        var properties = plain.Properties is { Count: > 0 } some ? some.ToDictionary(p => p.Key, p => ScalarOf(p.Value)) : null;
        var fact = new EngagementRecorded(
            plain.Source, plain.Id, plain.Type, plain.OccurredAt, StatedAt: null,
            plain.Campaign, plain.Channel, plain.Asset, plain.Product, properties);
        var isTheSame = posted.Fact.SaysTheSameAs(fact)
            && posted.LeadId == plain.Lead.LeadId
            && posted.Identities.SequenceEqual(IdentitiesOf(plain.Lead));
        if (!isTheSame) throw new InvalidOperationException($"{posted} is not what the serializer reads: {plain}");
    }

    private static IEnumerable<Identity> IdentitiesOf(LeadReference lead)
    {
        if (lead.ExternalId is { } externalId) yield return new(IdentityKind.ExternalId, externalId);
        if (lead.Email is { } email) yield return new(IdentityKind.Email, email.Trim().ToLowerInvariant());
        if (lead.AnonymousId is { } anonymousId) yield return new(IdentityKind.AnonymousId, anonymousId);
    }

    private static Scalar ScalarOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => Scalar.Of(value.GetDouble()),
        JsonValueKind.String => Scalar.Of(value.GetString()!),
        _ => Scalar.Of(value.GetBoolean()),
    };

    private static bool IsJson(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, AnyDepth);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static byte[] Mutilate(byte[] body, Random random)
    {
        for (var mutations = random.Next(1, MutationsMax + 1); mutations > 0; mutations--)
        {
            var at = random.Next(body.Length + 1);
            var length = Math.Min(random.Next(1, 12), body.Length - at);
            body = random.Next(5) switch
            {
                0 => [.. body[..at], .. body[(at + length)..]],
                1 => [.. body[..at], .. body[at..(at + length)], .. body[at..]],
                2 => [.. body[..at], .. Splices[random.Next(Splices.Length)], .. body[at..]],
                3 => [.. body[..at], .. Splices[random.Next(Splices.Length)], .. body[(at + length)..]],
                _ => [.. body[..at], (byte)random.Next(256), .. body[Math.Min(at + 1, body.Length)..]],
            };
        }

        return body;
    }
}
