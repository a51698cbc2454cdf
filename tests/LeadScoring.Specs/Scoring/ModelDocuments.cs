using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using LeadScoring.Domain;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Specs.Scoring;

/// <summary>A model document is read whole or refused with everything that is wrong, each by its JSON path.</summary>
public sealed class ModelDocuments
{
    private const string Small = """
        {
          "name": "Small",
          "version": 3,
          "engagement": {
            "floor": -10,
            "ceiling": 200,
            "rules": [
              {
                "name": "pricing", "type": "viewed", "points": 10.5, "halfLifeDays": 7, "maxPerDay": 2,
                "cap": 60, "fastTrack": true,
                "when": [{ "property": "page", "startsWith": "/pricing" }]
              },
              { "name": "met", "type": "met", "points": -4 }
            ]
          },
          "fit": {
            "rules": [{ "name": "large", "when": [{ "property": "size", "gte": 200 }], "points": 30 }],
            "cutOffs": { "a": 30, "b": 20, "c": 10 }
          },
          "qualification": {
            "threshold": 50, "minimumGrade": "B", "review": "automatic", "acceptWithinHours": 1.5, "coolDownDays": 0
          }
        }
        """;

    /// <summary>What is changed, to what (null: removed), and where the error is.</summary>
    public static readonly TheoryData<string, string?, string> Malformed = new()
    {
        // Missing.
        { "name", null, "$.name" },
        { "version", null, "$.version" },
        { "engagement", null, "$.engagement" },
        { "engagement.floor", null, "$.engagement.floor" },
        { "engagement.ceiling", null, "$.engagement.ceiling" },
        { "engagement.rules", null, "$.engagement.rules" },
        { "engagement.rules.0.name", null, "$.engagement.rules[0].name" },
        { "engagement.rules.1.type", null, "$.engagement.rules[1].type" },
        { "engagement.rules.1.points", null, "$.engagement.rules[1].points" },
        { "engagement.rules.0.when.0.property", null, "$.engagement.rules[0].when[0].property" },
        { "fit", null, "$.fit" },
        { "fit.rules", null, "$.fit.rules" },
        { "fit.rules.0.name", null, "$.fit.rules[0].name" },
        { "fit.rules.0.when", null, "$.fit.rules[0].when" },
        { "fit.rules.0.points", null, "$.fit.rules[0].points" },
        { "fit.cutOffs", null, "$.fit.cutOffs" },
        { "fit.cutOffs.b", null, "$.fit.cutOffs.b" },
        { "qualification", null, "$.qualification" },
        { "qualification.threshold", null, "$.qualification.threshold" },
        { "qualification.minimumGrade", null, "$.qualification.minimumGrade" },
        { "qualification.review", null, "$.qualification.review" },
        { "qualification.acceptWithinHours", null, "$.qualification.acceptWithinHours" },
        { "qualification.coolDownDays", null, "$.qualification.coolDownDays" },

        // Unknown.
        { "owner", "1", "$.owner" },
        { "engagement.cap", "10", "$.engagement.cap" },
        { "engagement.rules.1.half_life_days", "30", "$.engagement.rules[1].half_life_days" },
        { "engagement.rules.1.Points", "3", "$.engagement.rules[1].Points" },
        { "engagement.rules.0.when.0.negate", "true", "$.engagement.rules[0].when[0].negate" },
        { "fit.rules.0.halfLifeDays", "30", "$.fit.rules[0].halfLifeDays" },
        { "fit.cutOffs.d", "0", "$.fit.cutOffs.d" },
        { "qualification.acceptWithin", "24", "$.qualification.acceptWithin" },

        // Of a wrong type.
        { "name", "7", "$.name" },
        { "version", "\"3\"", "$.version" },
        { "engagement", "[]", "$.engagement" },
        { "engagement.rules", "{}", "$.engagement.rules" },
        { "engagement.rules.0", "\"pricing\"", "$.engagement.rules[0]" },
        { "engagement.rules.0.points", "\"10\"", "$.engagement.rules[0].points" },
        { "engagement.rules.0.halfLifeDays", "null", "$.engagement.rules[0].halfLifeDays" },
        { "engagement.rules.0.fastTrack", "\"yes\"", "$.engagement.rules[0].fastTrack" },
        { "engagement.rules.0.when", "{ \"property\": \"page\", \"exists\": true }", "$.engagement.rules[0].when" },
        { "engagement.rules.0.when.0", "3", "$.engagement.rules[0].when[0]" },
        { "engagement.rules.0.when.0.startsWith", "5", "$.engagement.rules[0].when[0].startsWith" },
        { "fit.rules.0.when.0.gte", "\"200\"", "$.fit.rules[0].when[0].gte" },
        { "fit.cutOffs", "[30, 20, 10]", "$.fit.cutOffs" },
        { "qualification.minimumGrade", "3", "$.qualification.minimumGrade" },

        // Impossible.
        { "name", "\"\"", "$.name" },
        { "version", "0", "$.version" },
        { "version", "1.5", "$.version" },
        { "engagement.floor", "-1e7", "$.engagement.floor" },
        { "engagement.ceiling", "1e400", "$.engagement.ceiling" },
        { "engagement.rules.0.points", "10001", "$.engagement.rules[0].points" },
        { "engagement.rules.0.points", "-10001", "$.engagement.rules[0].points" },
        { "engagement.rules.0.halfLifeDays", "0", "$.engagement.rules[0].halfLifeDays" },
        { "engagement.rules.0.halfLifeDays", "-30", "$.engagement.rules[0].halfLifeDays" },
        { "engagement.rules.0.halfLifeDays", "3651", "$.engagement.rules[0].halfLifeDays" },
        { "engagement.rules.0.maxPerDay", "0", "$.engagement.rules[0].maxPerDay" },
        { "engagement.rules.0.maxPerDay", "2.5", "$.engagement.rules[0].maxPerDay" },
        { "engagement.rules.0.maxPerDay", "51", "$.engagement.rules[0].maxPerDay" },
        { "engagement.rules.0.cap", "0", "$.engagement.rules[0].cap" },
        { "engagement.rules.0.cap", "-5", "$.engagement.rules[0].cap" },
        { "qualification.threshold", "2e6", "$.qualification.threshold" },
        { "qualification.minimumGrade", "\"E\"", "$.qualification.minimumGrade" },
        { "qualification.minimumGrade", "\"b\"", "$.qualification.minimumGrade" },
        { "qualification.review", "\"none\"", "$.qualification.review" },
        { "qualification.acceptWithinHours", "0", "$.qualification.acceptWithinHours" },
        { "qualification.acceptWithinHours", "8761", "$.qualification.acceptWithinHours" },
        { "qualification.coolDownDays", "-1", "$.qualification.coolDownDays" },
        { "engagement.rules.0.when.0", """{ "property": "page", "equals": 1e400 }""", "$.engagement.rules[0].when[0].equals" },
        { "engagement.rules.0.when.0", """{ "property": "page", "equals": null }""", "$.engagement.rules[0].when[0].equals" },
        { "engagement.rules.0.when.0", """{ "property": "page", "in": ["a", ["b"]] }""", "$.engagement.rules[0].when[0].in[1]" },
        { "engagement.rules.0.when.0", """{ "property": "page", "in": [] }""", "$.engagement.rules[0].when[0].in" },
        { "engagement.rules.0.when.0", """{ "property": "page", "contains": "" }""", "$.engagement.rules[0].when[0].contains" },
        { "engagement.rules.0.when.0", """{ "property": "page", "lte": 1e16 }""", "$.engagement.rules[0].when[0].lte" },
        { "engagement.rules.0.when.0", """{ "property": "page", "exists": false }""", "$.engagement.rules[0].when[0].exists" },
        { "engagement.rules.0.when.0", """{ "property": "page", "exists": "yes" }""", "$.engagement.rules[0].when[0].exists" },
        { "engagement.rules.0.when.0", """{ "property": "page" }""", "$.engagement.rules[0].when[0]" },
        { "engagement.rules.0.when.0", """{ "property": "page", "gte": 1, "lte": 2 }""", "$.engagement.rules[0].when[0]" },

        // Names that are no snake_case words.
        { "engagement.rules.0.name", "\"Pricing\"", "$.engagement.rules[0].name" },
        { "engagement.rules.0.name", "\"pricing page\"", "$.engagement.rules[0].name" },
        { "engagement.rules.0.type", "\"viewed_\"", "$.engagement.rules[0].type" },
        { "engagement.rules.0.type", "\"page__viewed\"", "$.engagement.rules[0].type" },
        { "engagement.rules.0.type", "\"2_pages\"", "$.engagement.rules[0].type" },
        { "fit.rules.0.name", "\"\"", "$.fit.rules[0].name" },
        { "fit.rules.0.name", $"\"{new string('a', 65)}\"", "$.fit.rules[0].name" },
        { "fit.rules.0.when.0.property", "\"größe\"", "$.fit.rules[0].when[0].property" },
    };

    /// <summary>Well formed, but no sound definition of a lead.</summary>
    public static readonly TheoryData<string, string?, string> Unsound = new()
    {
        { "engagement.rules", "[]", "$.engagement.rules" },
        { "engagement.rules.1.points", "0", "$.engagement.rules[1].points" },
        { "engagement.rules.1.name", "\"pricing\"", "$.engagement.rules[1].name" },
        { "engagement.floor", "200", "$.engagement.floor" },
        { "engagement.floor", "201", "$.engagement.floor" },
        { "fit.rules.0.points", "0", "$.fit.rules[0].points" },
        { "fit.rules.0.when", "[]", "$.fit.rules[0].when" },
        {
            "fit.rules.1",
            """{ "name": "large", "when": [{ "property": "size", "gte": 900 }], "points": 5 }""",
            "$.fit.rules[1].name"
        },
        { "fit.cutOffs.b", "30", "$.fit.cutOffs" },
        { "fit.cutOffs.c", "25", "$.fit.cutOffs" },
        { "qualification.threshold", "0", "$.qualification.threshold" },
        { "qualification.threshold", "-5", "$.qualification.threshold" },
        { "qualification.threshold", "201", "$.qualification.threshold" },
        { "qualification.threshold", "60.1", "$.qualification.threshold" },
        { "engagement.rules.0.points", "-10.5", "$.qualification.threshold" },
        {
            "engagement.rules.0.when.1",
            """{ "property": "page", "equals": "/careers" }""",
            "$.engagement.rules[0].when[1]"
        },
        { "fit.rules.0.when.1", """{ "property": "size", "lte": 199 }""", "$.fit.rules[0].when[1]" },
        { "fit.rules.0.when.1", """{ "property": "size", "contains": "big" }""", "$.fit.rules[0].when[1]" },
        { "engagement.rules.1.type", "\"viewed\"", "$.engagement.rules[1]" },
    };

    /// <summary>Two conditions on one property; whether two rules of one type with them can match one engagement.</summary>
    public static readonly TheoryData<string, string, bool> Pairs = new()
    {
        { "\"equals\": \"a\"", "\"equals\": \"b\"", false },
        { "\"equals\": \"a\"", "\"equals\": \"A\"", true },
        { "\"equals\": 1", "\"equals\": \"1\"", false },
        { "\"equals\": 1", "\"equals\": true", false },
        { "\"equals\": \"a\"", "\"in\": [\"b\", \"c\"]", false },
        { "\"in\": [\"a\", \"b\"]", "\"in\": [\"c\", \"B\"]", true },
        { "\"in\": [\"a\", \"b\"]", "\"in\": [\"c\", 1]", false },
        { "\"in\": [1, 2]", "\"gte\": 3", false },
        { "\"in\": [1, 3]", "\"gte\": 3", true },
        { "\"equals\": \"/about\"", "\"startsWith\": \"/pricing\"", false },
        { "\"equals\": \"/Pricing/eu\"", "\"startsWith\": \"/pricing\"", true },
        { "\"startsWith\": \"/pricing\"", "\"startsWith\": \"/careers\"", false },
        { "\"startsWith\": \"/pricing\"", "\"startsWith\": \"/PRICING/eu\"", true },
        { "\"contains\": \"x\"", "\"equals\": \"abc\"", false },
        { "\"contains\": \"x\"", "\"contains\": \"y\"", true },
        { "\"contains\": \"x\"", "\"startsWith\": \"y\"", true },
        { "\"contains\": \"x\"", "\"gte\": 1", false },
        { "\"startsWith\": \"x\"", "\"lte\": 1", false },
        { "\"gte\": 20", "\"lte\": 19.9", false },
        { "\"gte\": 20", "\"lte\": 20", true },
        { "\"gte\": 20", "\"gte\": 30", true },
        { "\"exists\": true", "\"equals\": \"a\"", true },
        { "\"exists\": true", "\"exists\": true", true },
    };

    public static readonly TheoryData<string> NotADocument = new()
    {
        "",
        "   ",
        "{",
        "{ \"name\": \"a\", }",
        "{ \"name\": \"a\" } trailing",
        "// a comment\n{}",
        "{ \"name\": NaN }",
        "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]",
        Small.Replace("\"floor\": -10,", "\"floor\": -10, \"floor\": 0,", StringComparison.Ordinal),
        Small.Replace("\"floor\": -10,", "\"floor\": -10, \"\\u0066loor\": 0,", StringComparison.Ordinal),
        Small.Replace("\"points\": -4", "\"points\": -4, \"points\": -4", StringComparison.Ordinal),
        Small.Replace("Small", "\\ud800", StringComparison.Ordinal),
        Small.Replace("/pricing", "\\udc00", StringComparison.Ordinal),
        Small.Replace("\"floor\"", "\"\\ud800\"", StringComparison.Ordinal),
    };

    [Fact]
    public void A_document_is_read_as_it_says()
    {
        var model = Read(Small);

        (model.Name, model.Version, model.Floor, model.Ceiling).ShouldBe(("Small", 3, -10, 200));
        (model.Threshold, model.MinimumGrade, model.Review).ShouldBe((50, Grade.B, ReviewMode.Automatic));
        (model.AcceptWithin, model.CoolDown).ShouldBe((TimeSpan.FromMinutes(90), TimeSpan.Zero));
        model.CutOffs.ShouldBe([30, 20, 10]);
        var (pricing, met) = (model.Rules[0], model.Rules[1]);
        (pricing with { When = [] }).ShouldBe(
            new Rule("pricing", "viewed", [], 10.5, HalfLifeDays: 7, MaxPerDay: 2, Cap: 60, FastTrack: true) with { When = [] });
        (pricing.When[0].Property, pricing.When[0].Comparison).ShouldBe(("page", Comparison.StartsWith));
        pricing.When[0].Operands.ShouldBe([Scalar.Of("/pricing")]);
        (met.Name, met.Points, met.HalfLifeDays, met.MaxPerDay, met.Cap, met.FastTrack, met.When.Count)
            .ShouldBe(("met", -4, null, null, null, false, 0));
        (model.FitRules[0].Name, model.FitRules[0].Points).ShouldBe(("large", 30));
    }

    [Theory, MemberData(nameof(Malformed))]
    public void A_malformed_field_is_named_and_nothing_else(string field, string? json, string path) =>
        Errors(With(Small, field, json)).Select(e => e.Path).ShouldBe([path]);

    [Theory, MemberData(nameof(Unsound))]
    public void An_unsound_definition_is_refused_where_it_is_unsound(string field, string? json, string path) =>
        Errors(With(Small, field, json)).Select(e => e.Path).ShouldContain(path);

    [Theory, MemberData(nameof(Pairs))]
    public void Rules_of_one_type_must_provably_exclude_each_other(string one, string other, bool overlap)
    {
        foreach (var (first, second) in new[] { (one, other), (other, one) })
        {
            var document = With(Small, "engagement.rules.0", RuleWhen("first", first));
            document = With(document, "engagement.rules.1", RuleWhen("second", second));
            if (overlap) Errors(document).ShouldHaveSingleItem().ShouldSatisfyAllConditions(
                e => e.Path.ShouldBe("$.engagement.rules[1]"), e => e.Message.ShouldStartWith("Overlaps rule 'first'"));
            else Read(document).Rules.Count.ShouldBe(2);
        }
    }

    [Fact]
    public void Conditions_on_different_properties_exclude_nothing_and_one_excluding_pair_is_enough()
    {
        var document = With(Small, "engagement.rules.0", RuleWhen("first", "\"equals\": \"a\""));
        document = With(document, "engagement.rules.1", RuleWhen("second", "\"equals\": \"b\""));
        Errors(With(document, "engagement.rules.1.when.0.property", "\"q\"")).ShouldHaveSingleItem();
        Read(With(document, "engagement.rules.1.when.1", """{ "property": "q", "exists": true }""")).Rules.Count.ShouldBe(2);
    }

    [Fact]
    public void The_caps_of_all_positive_rules_together_must_reach_the_threshold()
    {
        Read(With(Small, "qualification.threshold", "60")).Threshold.ShouldBe(60);
        var uncapped = With(With(Small, "engagement.rules.1.points", "4"), "qualification.threshold", "150");
        Read(uncapped).Threshold.ShouldBe(150);
    }

    [Fact]
    public void Everything_wrong_is_told_at_once()
    {
        var document = Small;
        string[] changed = ["name", "engagement.floor", "engagement.rules.0.points", "fit.cutOffs.b", "qualification.review"];
        foreach (var field in changed) document = With(document, field, "[]");
        document = With(document, "engagement.rules.1.colour", "\"red\"");

        Errors(document).Select(e => e.Path).ShouldBe(
            [
                "$.name", "$.engagement.floor", "$.engagement.rules[0].points", "$.engagement.rules[1].colour", "$.fit.cutOffs.b",
                "$.qualification.review",
            ],
            ignoreOrder: true);
    }

    [Fact]
    public void Everything_unsound_is_told_at_once()
    {
        var document = With(Small, "engagement.rules.1.points", "0");
        document = With(document, "fit.cutOffs.c", "99");
        document = With(document, "qualification.threshold", "900");

        Errors(document).Select(e => e.Path).ShouldBe(
            ["$.engagement.rules[1].points", "$.fit.cutOffs", "$.qualification.threshold", "$.qualification.threshold"]);
    }

    [Theory, MemberData(nameof(NotADocument))]
    public void What_is_not_json_or_says_a_thing_twice_is_refused_as_a_whole(string text)
    {
        var error = Errors(text).ShouldHaveSingleItem();
        error.Path.ShouldBe("$");
        error.Message.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public void Broken_utf_8_is_refused()
    {
        var bytes = Encoding.UTF8.GetBytes(Small);
        bytes[Array.IndexOf(bytes, (byte)'S')] = 0xff;
        Should.Throw<InvalidScoringModel>(() => ScoringModelDocument.Read(bytes))
            .Errors.ShouldHaveSingleItem().Path.ShouldBe("$");
    }

    [Fact]
    public void A_duplicate_key_is_named() =>
        Errors(Small.Replace("\"floor\": -10,", "\"floor\": -10, \"floor\": 0,", StringComparison.Ordinal))[0]
            .Message.ShouldContain("floor");

    [Theory, InlineData("[]"), InlineData("null"), InlineData("\"model\"")]
    public void A_document_that_is_no_object_is_one_error(string text) => Errors(text).ShouldHaveSingleItem().Path.ShouldBe("$");

    [Fact]
    public void Lists_have_bounds()
    {
        string Many(int count, Func<int, string> item) => $"[{string.Join(',', Enumerable.Range(0, count).Select(item))}]";
        string Rules(int count) => Many(count, i => $$"""{ "name": "r{{i}}", "type": "t{{i}}", "points": 10 }""");
        string Words(int count) => Many(count, i => $"\"w{i}\"");
        string Conditions(int count) => Many(count, i => $$"""{ "property": "p{{i}}", "exists": true }""");

        Read(With(Small, "engagement.rules", Rules(ScoringModelDocument.RulesMax))).Rules.Count.ShouldBe(200);
        Errors(With(Small, "engagement.rules", Rules(201))).ShouldHaveSingleItem().Path.ShouldBe("$.engagement.rules");
        Read(With(Small, "fit.rules.0.when", Conditions(ScoringModelDocument.PredicatesMax))).FitRules[0].When.Count.ShouldBe(8);
        Errors(With(Small, "fit.rules.0.when", Conditions(9))).ShouldHaveSingleItem().Path.ShouldBe("$.fit.rules[0].when");
        const string first = "engagement.rules.0.when.0";
        Read(With(Small, first, $$"""{ "property": "p", "in": {{Words(ScoringModelDocument.OperandsMax)}} }"""))
            .Rules.Count.ShouldBe(2);
        Errors(With(Small, first, $$"""{ "property": "p", "in": {{Words(201)}} }""")).ShouldHaveSingleItem()
            .Path.ShouldBe("$.engagement.rules[0].when[0].in");
    }

    [Fact]
    public void The_error_as_a_whole_reads_as_a_list()
    {
        var refusal = Should.Throw<InvalidScoringModel>(() => Read(With(Small, "qualification.threshold", "\"much\"")));
        refusal.Message.ShouldBe(
            "The scoring model is not valid:\n  $.qualification.threshold: A number from -1000000 to 1000000 is expected.");
    }

    [Fact]
    public void White_space_does_not_make_another_model()
    {
        var compact = JsonNode.Parse(Small)!.ToJsonString();
        Read(compact).Id.ShouldBe(Read(Small).Id);
        Read(Small.Replace("\n", "\r\n\t", StringComparison.Ordinal)).Id.ShouldBe(Read(Small).Id);
    }

    [Theory]
    [InlineData("name", "\"small\"")]
    [InlineData("name", "\"Small \"")]
    [InlineData("version", "4")]
    [InlineData("engagement.rules.0.points", "10.6")]
    [InlineData("engagement.rules.0.cap", null)]
    [InlineData("fit.rules.0.when.0.gte", "201")]
    [InlineData("qualification.coolDownDays", "1")]
    public void Anything_else_does(string field, string? json) => Read(With(Small, field, json)).Id.ShouldNotBe(Read(Small).Id);

    private static string RuleWhen(string name, string condition) =>
        $$"""{ "name": "{{name}}", "type": "viewed", "points": 10, "when": [{ "property": "p", {{condition}} }] }""";

    private static ScoringModel Read(string json) => ScoringModelDocument.Read(Encoding.UTF8.GetBytes(json));

    private static IReadOnlyList<ModelError> Errors(string json) => Should.Throw<InvalidScoringModel>(() => Read(json)).Errors;

    /// <summary>The document with one field set to a JSON text or, when that is null, removed. Text that
    /// <see cref="JsonNode"/> would not write back as it stands (1e400) survives, because nodes keep the raw number.</summary>
    private static string With(string document, string field, string? json)
    {
        var root = JsonNode.Parse(document)!;
        var steps = field.Split('.');
        var parent = steps[..^1].Aggregate(root, (node, step) => (node is JsonArray list ? list[Index(step)] : node[step])!);
        var value = json is null ? null : JsonNode.Parse(json);
        if (parent is JsonArray array)
        {
            var index = Index(steps[^1]);
            if (index == array.Count) array.Add(value);
            else array[index] = value;
        }
        else if (json is null) parent.AsObject().Remove(steps[^1]).ShouldBeTrue(field);
        else parent[steps[^1]] = value;

        return root.ToJsonString();
    }

    private static int Index(string step) => int.Parse(step, CultureInfo.InvariantCulture);
}
