using System.Text;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Http;
using LeadScoring.Host.Http.OpenApi;

namespace LeadScoring.IntegrationTests.Http;

public sealed class JsonBodyTests
{
    [Fact]
    public void A_body_of_the_contracts_shape_is_read()
    {
        var body = Parse("""{"actor":"sam","reason":"wrong_company_size","outcome":"disqualify","note":null,"coolDownUntil":"2026-05-01T00:00:00+02:00"}""");

        body.Value.ShouldBe(new RejectRequest(
            "sam", RejectionReason.WrongCompanySize, RejectionOutcome.Disqualify, null, new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.FromHours(2))));
    }

    [Theory]
    [InlineData("""{"reason":"other"}""", "$.actor", "The field actor is required.")]
    [InlineData("""{"actor":7,"reason":"other"}""", "$.actor", "A text is expected.")]
    [InlineData("""{"actor":null,"reason":"other"}""", "$.actor", "A text is expected.")]
    [InlineData("""{"actor":["a"],"reason":"other"}""", "$.actor", "A text is expected.")]
    [InlineData("""{"actor":"a","reason":"because"}""", "$.reason", "One of wrong_company_size, wrong_persona, wrong_territory, existing_customer, competitor, unverified_contact, duplicate, other is expected.")]
    [InlineData("""{"actor":"a","reason":"Other"}""", "$.reason", "One of")]
    [InlineData("""{"actor":"a","reason":7}""", "$.reason", "One of")]
    [InlineData("""{"actor":"a","reason":null}""", "$.reason", "One of")]
    [InlineData("""{"actor":"a","reason":"other","outcome":""}""", "$.outcome", "One of recycle, disqualify is expected.")]
    [InlineData("""{"actor":"a","reason":"other","coolDownUntil":"2026-05-01T00:00:00"}""", "$.coolDownUntil", "offset")]
    [InlineData("""{"actor":"a","reason":"other","coolDownUntil":"2026-05-01"}""", "$.coolDownUntil", "offset")]
    [InlineData("""{"actor":"a","reason":"other","coolDownUntil":1777777777}""", "$.coolDownUntil", "offset")]
    [InlineData("""{"actor":"a","reason":"other","Note":"x"}""", "$.Note", "Unknown field. Known here: actor, reason, outcome, note, coolDownUntil.")]
    [InlineData("""{"actor":"a","reason":"other","reason":"other"}""", "$.reason", "twice")]
    [InlineData("""{"actor":"a","reason":"other","\u0061ctor":"b"}""", "$.actor", "twice")]
    [InlineData("""{"actor":"a\u0000b","reason":"other"}""", "$.actor", "U+0000")]
    [InlineData("""{"actor":"a\ud800","reason":"other"}""", "$.actor", "not valid Unicode")]
    [InlineData("""{"actor":"a","reason":"\udc00"}""", "$.reason", "not valid Unicode")]
    [InlineData("""{"actor":"a","reason":"other","\ud800":1}""", "$", "not valid Unicode")]
    [InlineData("""{"actor":"a","reason":"other","bob@example.com":1}""", "$[?]", "Unknown field")]
    [InlineData("[]", "$", "An object is expected.")]
    [InlineData("null", "$", "An object is expected.")]
    [InlineData("\"text\"", "$", "An object is expected.")]
    public void What_differs_is_named_by_path_and_rule(string json, string path, string message)
    {
        var errors = Errors(Parse(json));

        errors.Keys.ShouldBe([path]);
        errors[path].ShouldHaveSingleItem().ShouldContain(message);
    }

    [Fact]
    public void Everything_that_is_wrong_is_named_at_once()
    {
        var errors = Errors(Parse("""{"reason":"because","note":1,"colour":"red"}"""));

        errors.Keys.ShouldBe(["$.reason", "$.note", "$.colour", "$.actor"], ignoreOrder: true);
    }

    [Fact]
    public void A_body_full_of_mistakes_makes_no_larger_answer()
    {
        var json = "{" + string.Join(',', Enumerable.Range(0, 1000).Select(i => $"\"x{i}\":1")) + "}";

        Errors(Parse(json)).Sum(e => e.Value.Count).ShouldBe(Validation.MessagesMax);
    }

    [Theory]
    [InlineData("""{"actor":"a","attributes":{"a":{"b":1,"b":2}}}""", "$.attributes.a.b", "twice")]
    [InlineData("""{"actor":"a","attributes":{"a":["\ud800"]}}""", "$.attributes.a[0]", "not valid Unicode")]
    [InlineData("""{"actor":"a","attributes":[]}""", "$.attributes", "An object is expected.")]
    [InlineData("""{"actor":"a","attributes":{"x":1,"x":2}}""", "$.attributes.x", "twice")]
    public void Free_values_are_held_to_what_any_reader_needs(string json, string path, string message)
    {
        var errors = Errors(JsonBody.Parse(Encoding.UTF8.GetBytes(json), WireJson.Default.AttributesPatch));

        errors.Keys.ShouldBe([path]);
        errors[path].ShouldHaveSingleItem().ShouldContain(message);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("   ", "line 1, position 4")]
    [InlineData("{\"actor\":\"a\",}", "line 1, position 14")]
    [InlineData("{\n  \"actor\": \"é\", oops\n}", "line 2, position 17")]
    [InlineData("{} {}", "line 1, position 4")]
    [InlineData("{\"actor\":\"a\"", "line 1, position 13")]
    [InlineData("{\"actor\":/**/1}", "line 1, position 10")]
    [InlineData("{\"actor\":NaN}", "line 1, position 10")]
    [InlineData("{\"actor\":\"a\nb\"}", "line 1")]
    public void Where_the_JSON_breaks_off_is_said_in_lines_and_positions_from_1(string json, string where)
    {
        var refusal = Parse(json).Refusal.ShouldNotBeNull();

        refusal.Code.ShouldBe("malformed_json");
        refusal.Detail.ShouldContain(where);
    }

    [Fact]
    public void Bytes_that_are_no_UTF8_are_refused()
    {
        byte[] body = [.. "{\"actor\":\""u8, 0xC3, 0x28, .. "\",\"reason\":\"other\"}"u8];

        JsonBody.Parse(body, WireJson.Default.RejectRequest).Refusal.ShouldNotBeNull().Detail.ShouldContain("UTF-8");
    }

    [Theory]
    [InlineData(8, null)]
    [InlineData(9, "Nested deeper than 8 levels.")]
    [InlineData(20_000, "Nested deeper than 8 levels.")]
    public void Nesting_has_an_end(int depth, string? message)
    {
        var inner = new string('[', depth - 2) + new string(']', depth - 2);

        var body = JsonBody.Parse(Encoding.UTF8.GetBytes($$$"""{"actor":"a","attributes":{"x":{{{inner}}}}}"""), WireJson.Default.AttributesPatch);

        if (message is null) body.Value.ShouldNotBeNull();
        else Errors(body)["$"].ShouldBe([message]);
    }

    [Fact]
    public void Numbers_keep_to_their_kind()
    {
        JsonBody.Parse("""{"actor":"a","amount":"12"}"""u8.ToArray(), WireJson.Default.OpportunityRequest).Refusal.ShouldNotBeNull()
            .Errors.ShouldNotBeNull()["$.amount"].ShouldBe(["A number is expected."]);
        JsonBody.Parse("""{"actor":"a","amount":1e400}"""u8.ToArray(), WireJson.Default.OpportunityRequest).Refusal.ShouldNotBeNull()
            .Errors.ShouldNotBeNull()["$.amount"].ShouldBe(["A number is expected."]);
        JsonBody.Parse("""{"actor":"a","amount":12.50,"currency":"EUR"}"""u8.ToArray(), WireJson.Default.OpportunityRequest)
            .Value.ShouldNotBeNull().Amount.ShouldBe(12.50m);
    }

    [Fact]
    public void Every_worked_example_is_taken_as_it_stands()
    {
        foreach (var type in Examples.Types)
        {
            var example = Examples.Of(type)!.ToJsonString();
            var validation = new Validation();
            var json = new Utf8JsonReader(Encoding.UTF8.GetBytes(example));
            json.Read();

            JsonShape.Check(ref json, WireJson.Default.GetTypeInfo(type)!, validation);

            validation.ToRefusal()?.Errors.ShouldBeNull($"{type.Name}: {example}");
        }
    }

    private static Body<RejectRequest> Parse(string json) => JsonBody.Parse(Encoding.UTF8.GetBytes(json), WireJson.Default.RejectRequest);

    private static IReadOnlyDictionary<string, IReadOnlyList<string>> Errors<T>(Body<T> body)
        where T : class
    {
        var refusal = body.Refusal.ShouldNotBeNull();
        refusal.Status.ShouldBe(400);
        refusal.Code.ShouldBe("validation_failed");
        return refusal.Errors.ShouldNotBeNull();
    }
}
