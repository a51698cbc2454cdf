using System.Text.Json;
using LeadScoring.Domain;

namespace LeadScoring.Specs;

public sealed class ScalarValues
{
    public static readonly TheoryData<string, ScalarKind, string> Json = new()
    {
        { "\"vp\"", ScalarKind.Text, "vp" },
        { "\"\"", ScalarKind.Text, "" },
        { "\"true\"", ScalarKind.Text, "true" },
        { "200", ScalarKind.Number, "200" },
        { "-0.1", ScalarKind.Number, "-0.1" },
        { "1E+300", ScalarKind.Number, "1E+300" },
        { "true", ScalarKind.Boolean, "true" },
        { "false", ScalarKind.Boolean, "false" },
    };

    [Theory, MemberData(nameof(Json))]
    public void A_value_is_written_as_the_plain_json_it_is(string json, ScalarKind kind, string text)
    {
        var value = JsonSerializer.Deserialize<Scalar>(json);

        (value.Kind, value.ToString()).ShouldBe((kind, text));
        JsonSerializer.Deserialize<Scalar>(JsonSerializer.Serialize(value)).ShouldBe(value);
        JsonElement Element(string text) => JsonSerializer.Deserialize<JsonElement>(text);
        Element(JsonSerializer.Serialize(value)).ValueKind.ShouldBe(Element(json).ValueKind);
    }

    [Theory, InlineData("null"), InlineData("{}"), InlineData("[1]")]
    public void Nothing_else_is_a_value(string json) =>
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<Scalar>(json)).Message
            .ShouldBe("A value must be a text, a number, true or false.");
}
