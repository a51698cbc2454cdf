using System.Text;
using LeadScoring.Domain;
using LeadScoring.Domain.Identities;
using LeadScoring.Host.Engagements;
using LeadScoring.Host.Http;
using static LeadScoring.IntegrationTests.Engagements.EngagementJson;

namespace LeadScoring.IntegrationTests.Engagements;

public sealed class EngagementReaderTests
{
    public static TheoryData<string> BadNames => BadEngagements.Names;

    [Fact]
    public void The_required_fields_are_enough()
    {
        var posted = Read(Good);

        posted.Fact.ShouldBe(new("web", "e-1", "page_viewed", new(2026, 3, 1, 9, 30, 0, TimeSpan.Zero)));
        posted.LeadId.ShouldBeNull();
        posted.Identities.ShouldBe([new(IdentityKind.Email, "ann@example.com")]);
    }

    [Fact]
    public void Every_field_is_read_in_any_order()
    {
        var posted = Read(
            """
            { "properties" : { "pages": 3, "vip": true, "plan": "gold", "first": false },
              "product": "suite", "asset": "white-paper", "channel": "email", "campaign": "spring",
              "lead": { "anonymousId": "c-9", "email": " Ann@Example.COM ", "externalId": "crm-7",
                        "leadId": "0198C9A2-7c1e-7a54-9d3b-2f6f1c8e4b10" },
              "occurredAt": "2026-03-01T11:30:00.1234567+02:00", "type": "page_viewed", "source": "web", "id": "e-1" }
            """);

        posted.Fact.OccurredAt.ShouldBe(new DateTimeOffset(2026, 3, 1, 9, 30, 0, TimeSpan.Zero).AddTicks(1234567));
        posted.Fact.OccurredAt.Offset.ShouldBe(TimeSpan.Zero);
        (posted.Fact.Campaign, posted.Fact.Channel, posted.Fact.Asset, posted.Fact.Product)
            .ShouldBe(("spring", "email", "white-paper", "suite"));
        posted.Fact.Properties.ShouldBe(new Dictionary<string, Scalar>
        {
            ["pages"] = Scalar.Of(3), ["vip"] = Scalar.Of(true), ["plan"] = Scalar.Of("gold"), ["first"] = Scalar.Of(false),
        });
        posted.LeadId.ShouldBe(new Guid("0198c9a2-7c1e-7a54-9d3b-2f6f1c8e4b10"));
        posted.Identities.ShouldBe(
            [new(IdentityKind.ExternalId, "crm-7"), new(IdentityKind.Email, "ann@example.com"), new(IdentityKind.AnonymousId, "c-9")],
            "The strongest stands first.");
    }

    [Fact]
    public void Null_is_as_good_as_absent_where_a_field_may_be_absent()
    {
        var posted = Read(With(
            ("lead", """{"leadId":null,"externalId":null,"email":"ann@example.com","anonymousId":null}"""),
            ("campaign", "null"), ("channel", "null"), ("asset", "null"), ("product", "null"), ("properties", "null")));

        posted.Fact.ShouldBe(Read(Good).Fact);
        posted.Identities.ShouldBe([new(IdentityKind.Email, "ann@example.com")]);
    }

    [Fact]
    public void No_properties_and_empty_properties_are_the_same_fact() =>
        Read(With("properties", "{}")).Fact.ShouldBe(Read(Good).Fact);

    [Theory]
    [InlineData("2026-03-01T09:30:00Z", 0)]
    [InlineData("2026-03-01T09:30Z", 0)]
    [InlineData("2026-03-01T09:30:00+00:00", 0)]
    [InlineData("2026-03-01T09:30:00-00:00", 0)]
    [InlineData("2026-02-28T19:30:00-14:00", 0)]
    [InlineData("2026-03-01T15:15:00+05:45", 0)]
    [InlineData("2026-03-01T09:30:00.5Z", 5_000_000)]
    [InlineData("2026-03-01T09:30:00.0000001Z", 1)]
    [InlineData("2026-03-01T09:30:00.123456789Z", 1_234_567)]
    [InlineData("2026-03-01T09:30:00\\u005A", 0)]
    public void A_time_is_the_same_instant_in_every_notation(string text, long ticks) =>
        Read(With("occurredAt", $"\"{text}\"")).Fact.OccurredAt
            .ShouldBe(new DateTimeOffset(2026, 3, 1, 9, 30, 0, TimeSpan.Zero).AddTicks(ticks));

    [Theory]
    [InlineData("2000-01-01T00:00:00Z")]
    [InlineData("1999-12-31T23:00:00-01:00")]
    [InlineData("2026-03-02T09:05:00Z")]
    [InlineData("2024-02-29T00:00:00Z")]
    public void The_bounds_of_time_belong_to_it(string text) =>
        Read(With("occurredAt", $"\"{text}\"")).Fact.OccurredAt.ShouldBe(DateTimeOffset.Parse(text));

    [Fact]
    public void Texts_may_be_as_long_as_their_bound_counted_in_UTF16_units()
    {
        Read(With("id", Letters(128))).Fact.Id.Length.ShouldBe(128);
        Read(With("id", $"\"{string.Concat(Enumerable.Repeat("😀", 64))}\"")).Fact.Id.Length.ShouldBe(128);
        Read(With("source", Letters(64))).Fact.Source.Length.ShouldBe(64);
        Read(With("type", Letters(64))).Fact.Type.Length.ShouldBe(64);
        Read(With("campaign", Letters(128))).Fact.Campaign!.Length.ShouldBe(128);
        Read(With("lead", $$"""{"externalId":{{Letters(128)}}}""")).Identities.Single().Value.Length.ShouldBe(128);
        var properties = Read(With("properties", $"{{{Letters(64)}:{Letters(256)},\"empty\":\"\"}}")).Fact.Properties!;
        properties[new string('x', 64)].Text!.Length.ShouldBe(256);
        properties["empty"].ShouldBe(Scalar.Of(""));
        Read(With("properties", Numbers(32))).Fact.Properties!.Count.ShouldBe(32);
    }

    [Fact]
    public void Escapes_are_the_characters_they_stand_for()
    {
        var posted = Read(
            """
            {"\u0069d":"\u00e9\uD83D\uDE00\"\\\/","sourc\u0065":"w\u0065b","type":"\u0070age_viewed","occurredAt":"2026-03-01T09:30:00Z",
             "l\u0065ad":{"\u0065mail":"ann\u0040example.com"},"properties":{"\u0061":"line\nbreak\tand\u0001control","é":"ü"}}
            """);

        posted.Fact.Id.ShouldBe("é😀\"\\/");
        posted.Fact.Source.ShouldBe("web");
        posted.Identities.ShouldBe([new(IdentityKind.Email, "ann@example.com")]);
        posted.Fact.Properties.ShouldBe(new Dictionary<string, Scalar>
        {
            ["a"] = Scalar.Of("line\nbreak\tand\u0001control"), ["é"] = Scalar.Of("ü"),
        });
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("1.0", 1)]
    [InlineData("-0", 0)]
    [InlineData("0e0", 0)]
    [InlineData("12.5e2", 1250)]
    [InlineData("1E-3", 0.001)]
    [InlineData("9007199254740991", 9007199254740991)]
    [InlineData("-9007199254740991", -9007199254740991)]
    [InlineData("1e300", 1e300)]
    [InlineData("1.7976931348623157e308", double.MaxValue)]
    [InlineData("5e-324", double.Epsilon)]
    public void A_number_is_a_double(string json, double number) =>
        Read(With("properties", $$"""{"n":{{json}}}""")).Fact.Properties!["n"].ShouldBe(Scalar.Of(number));

    [Theory]
    [MemberData(nameof(BadNames))]
    public void A_bad_engagement_is_refused_by_path_and_rule(string name)
    {
        var bad = BadEngagements.Named(name);

        var read = EngagementReader.ReadOne(Encoding.UTF8.GetBytes(bad.Json), BadEngagements.Now);

        read.Value.ShouldBeNull();
        ErrorsOf(read.Refusal).ShouldBe([$"${bad.Path}: {bad.Message}"]);
    }

    [Theory]
    [MemberData(nameof(BadNames))]
    public void A_bad_engagement_does_not_spoil_its_neighbours_in_a_batch(string name)
    {
        var bad = BadEngagements.Named(name);

        var read = ReadBatch(Batch(Good, bad.Json, With("id", "\"e-2\"")), out var refusal);

        refusal.ShouldBeNull();
        read.Select(r => r.Value?.Fact.Id).ShouldBe(["e-1", null, "e-2"]);
        ErrorsOf(read[1].Refusal).ShouldBe([$"$.engagements[1]{bad.Path}: {bad.Message}"]);
    }

    [Fact]
    public void Everything_that_is_wrong_is_named_at_once()
    {
        var read = EngagementReader.ReadOne(
            """{"id":7,"colour":"red","occurredAt":"now","lead":{"email":"ann","fax":1},"properties":{"a":[],"b":null}}"""u8.ToArray(),
            BadEngagements.Now);

        read.Refusal.ShouldNotBeNull().Errors.ShouldNotBeNull().Keys.ShouldBe(
        [
            "$.id", "$.colour", "$.occurredAt", "$.lead.email", "$.lead.fax", "$.properties.a", "$.properties.b", "$.source", "$.type",
        ]);
    }

    [Fact]
    public void A_body_full_of_mistakes_makes_no_much_larger_answer()
    {
        var mistakes = "{" + string.Join(',', Enumerable.Range(0, 100).Select(i => $"\"x{i}\":1")) + "}";

        var one = EngagementReader.ReadOne(Encoding.UTF8.GetBytes(mistakes), BadEngagements.Now);
        var many = ReadBatch(Batch(mistakes, mistakes, Good), out _);

        ErrorsOf(one.Refusal).Count().ShouldBe(Validation.MessagesMax);
        ErrorsOf(many[0].Refusal).Count().ShouldBe(EngagementReader.ItemMessagesMax);
        ErrorsOf(many[1].Refusal).Count().ShouldBe(EngagementReader.ItemMessagesMax);
        many[2].Value.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("{}", "$.engagements: A list of 1 to 1000 engagements is expected.")]
    [InlineData("""{"engagements":[]}""", "$.engagements: A list of 1 to 1000 engagements is expected.")]
    [InlineData("""{"engagements":{}}""", "$.engagements: A list of 1 to 1000 engagements is expected.")]
    [InlineData("""{"engagements":null}""", "$.engagements: A list of 1 to 1000 engagements is expected.")]
    [InlineData("""{"engagements":[{}],"engagements":[{}]}""", "$.engagements: The field stands here twice.")]
    [InlineData("""{"engagements":[{}],"\u0065ngagements":[{}]}""", "$.engagements: The field stands here twice.")]
    [InlineData("""{"engagements":[{}],"dryRun":true}""", "$.dryRun: Unknown field. Known here: engagements.")]
    [InlineData("""{"\ud800engagements":[],"engagements":[{}]}""", "$: A field's name is not valid Unicode (a lone surrogate or broken UTF-8).")]
    [InlineData("[]", "$: An object with a list 'engagements' is expected.")]
    [InlineData("null", "$: An object with a list 'engagements' is expected.")]
    [InlineData("\"x\"", "$: An object with a list 'engagements' is expected.")]
    public void A_batch_that_is_none_is_refused_as_a_whole(string json, string error)
    {
        ReadBatch(json, out var refusal);

        ErrorsOf(refusal).ShouldBe([error]);
    }

    [Fact]
    public void A_batch_has_at_most_1000_items()
    {
        var thousand = ReadBatch(Batch(Enumerable.Repeat(Good, 1000)), out var refusal);
        ReadBatch(Batch(Enumerable.Repeat(Good, 1001)), out var tooMany);

        refusal.ShouldBeNull();
        thousand.ShouldAllBe(r => r.Value != null);
        thousand.Count.ShouldBe(1000);
        ErrorsOf(tooMany).ShouldBe(["$.engagements: 1001 engagements; a batch holds at most 1000."]);
    }

    [Fact]
    public void Text_that_is_no_UTF8_is_refused_by_its_path()
    {
        var value = Encoding.UTF8.GetBytes(With("id", "\"e~\""));
        value[value.IndexOf((byte)'~')] = 0xC3;
        var name = Encoding.UTF8.GetBytes(With("properties", "{\"~\":1}"));
        name[name.IndexOf((byte)'~')] = 0xFF;

        ErrorsOf(EngagementReader.ReadOne(value, BadEngagements.Now).Refusal)
            .ShouldBe(["$.id: The text is not valid Unicode (a lone surrogate or broken UTF-8)."]);
        ErrorsOf(EngagementReader.ReadOne(name, BadEngagements.Now).Refusal)
            .ShouldBe(["$.properties: A field's name is not valid Unicode (a lone surrogate or broken UTF-8)."]);
    }

    [Theory]
    [MemberData(nameof(MalformedBodies.Names), MemberType = typeof(MalformedBodies))]
    public void What_is_no_JSON_is_refused_where_it_breaks_off(string name)
    {
        var (body, says) = MalformedBodies.Named(name);

        foreach (var refusal in new[]
        {
            EngagementReader.ReadOne(body, BadEngagements.Now).Refusal, EngagementReader.ReadBatch(body, BadEngagements.Now).Refusal,
        })
        {
            refusal.ShouldNotBeNull().Code.ShouldBe("malformed_json");
            refusal.Detail.ShouldContain(says);
        }
    }

    private static PostedEngagement Read(string json)
    {
        var read = EngagementReader.ReadOne(Encoding.UTF8.GetBytes(json), BadEngagements.Now);
        ErrorsOf(read.Refusal).ShouldBeEmpty();
        return read.Value.ShouldNotBeNull();
    }

    private static IReadOnlyList<Body<PostedEngagement>> ReadBatch(string json, out Refusal? refusal)
    {
        (var items, refusal) = EngagementReader.ReadBatch(Encoding.UTF8.GetBytes(json), BadEngagements.Now);
        return items ?? [];
    }

    private static IEnumerable<string> ErrorsOf(Refusal? refusal) =>
        refusal?.Errors?.SelectMany(e => e.Value.Select(message => $"{e.Key}: {message}")) ?? [];
}
