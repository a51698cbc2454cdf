using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LeadScoring.ContractTests.Schemas;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.ContractTests;

/// <summary>
/// The published schema and the reader say the same of a document's shape. Whether a well-formed model makes sense, only the
/// reader knows.
/// </summary>
public sealed class ModelSchemaTests
{
    private static readonly JsonSchema Schema = JsonSchema.Read(Repository.PathOf("contracts", "models", "scoring-model.v1.schema.json"));

    /// <summary>Has every member there is.</summary>
    private const string Full = """
        {
          "name": "Every member", "version": 3,
          "engagement": {
            "floor": -10, "ceiling": 200,
            "rules": [
              {
                "name": "pricing", "type": "viewed", "points": 10.5, "halfLifeDays": 7, "maxPerDay": 2, "cap": 60, "fastTrack": true,
                "when": [
                  { "property": "page", "startsWith": "/pricing" }, { "property": "page", "contains": "plan" },
                  { "property": "seconds", "gte": 10 }, { "property": "seconds", "lte": 900 }, { "property": "known", "exists": true }
                ]
              },
              { "name": "met", "type": "met", "points": -4, "when": [{ "property": "stand", "equals": 7 }] }
            ]
          },
          "clickBurst": { "types": ["clicked", "viewed"], "count": 3, "seconds": 2, "deliveredType": "delivered", "deliveredSeconds": 1.5 },
          "fit": {
            "rules": [{ "name": "large", "when": [{ "property": "size", "in": ["large", 200, true] }], "points": 30 }],
            "cutOffs": { "a": 30, "b": 20, "c": 10 }
          },
          "qualification": { "threshold": 50, "minimumGrade": "B", "review": "automatic", "acceptWithinHours": 1.5, "coolDownDays": 0 }
        }
        """;

    /// <summary>What is put in the place of each value in turn.</summary>
    private static readonly string[] Instead =
    [
        "null", "true", "false", "\"\"", "\"x\"", "\"Word With Space\"", "\"snake_case_2\"", "\"trailing_\"", "\"A\"", "\"b\"", "\"marketing\"", "0", "-1", "1", "0.005",
        "0.5", "2.5", "3", "51", "8761", "10001", "-10001", "3651", "1000001", "-1000001", "1e16", "[]", "{}", "[1]", "[[1]]", "[null]", "[{}]",
        """{ "property": "page" }""", """{ "property": "page", "gte": 1, "lte": 2 }""",
    ];

    [Fact]
    public void The_sample_shows_every_member_of_the_schema()
    {
        var shown = new HashSet<string>(StringComparer.Ordinal);
        Collect(JsonNode.Parse(Full), "", shown);

        // By their own names: a condition is the same thing wherever it stands.
        shown.Select(Own).Distinct().ShouldBe(Schema.Members().Select(Own).Distinct(), ignoreOrder: true);

        static string Own(string member) => member.Split('.')[^1];
    }

    [Fact]
    public void Whatever_is_changed_in_a_document_the_schema_and_the_reader_judge_its_shape_alike()
    {
        var (judged, refused) = (0, 0);
        foreach (var document in Changed())
        {
            var text = document.ToJsonString();
            var faults = Schema.Faults(JsonSerializer.SerializeToElement(document));

            IsWellFormed(text).ShouldBe(faults.Count == 0, $"{string.Join(' ', faults)} {text}");
            (judged, refused) = (judged + 1, refused + (faults.Count == 0 ? 0 : 1));
        }

        judged.ShouldBeGreaterThan(1_000);
        refused.ShouldBeInRange(judged / 10, judged - 100);
    }

    [Fact]
    public void The_definition_the_service_starts_with_is_as_the_schema_says()
    {
        using var document = JsonDocument.Parse(ScoringModelDocument.DefaultJson);

        Schema.Faults(document.RootElement).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void Words_are_as_long_as_the_schema_says(int length, bool isWellFormed) =>
        ShouldBothJudge(d => d["engagement"]!["rules"]![0]!["name"] = new string('a', length), isWellFormed);

    [Theory]
    [InlineData(256, true)]
    [InlineData(257, false)]
    public void Texts_are_as_long_as_the_schema_says(int length, bool isWellFormed) => ShouldBothJudge(d => d["name"] = new string('a', length), isWellFormed);

    [Theory]
    [InlineData("rules", 200, true)]
    [InlineData("rules", 201, false)]
    [InlineData("when", 8, true)]
    [InlineData("when", 9, false)]
    [InlineData("in", 200, true)]
    [InlineData("in", 201, false)]
    public void Lists_are_as_long_as_the_schema_says(string list, int length, bool isWellFormed) => ShouldBothJudge(
        d =>
        {
            var rule = d["fit"]!["rules"]![0]!;
            var holder = list switch { "rules" => d["fit"]!, "when" => rule, _ => rule["when"]![0]! };
            var first = holder[list]![0]!;
            holder[list] = new JsonArray([.. Enumerable.Range(0, length).Select(_ => first.DeepClone())]);
        },
        isWellFormed);

    private static void ShouldBothJudge(Action<JsonNode> change, bool isWellFormed)
    {
        var document = JsonNode.Parse(Full)!;
        change(document);
        (Schema.Faults(JsonSerializer.SerializeToElement(document)).Count == 0).ShouldBe(isWellFormed);
        IsWellFormed(document.ToJsonString()).ShouldBe(isWellFormed);
    }

    /// <summary>As the service takes it from an author.</summary>
    private static bool IsWellFormed(string text)
    {
        try
        {
            ScoringModelDocument.Numbered(text, 7);
            return true;
        }
        catch (InvalidScoringModel e)
        {
            return e.IsWellFormed;
        }
    }

    /// <summary>The sample with one value replaced, taken out, or joined by a member nobody knows.</summary>
    private static IEnumerable<JsonNode> Changed()
    {
        for (var i = 0; i < Nodes(JsonNode.Parse(Full)!).Count; i++)
        {
            foreach (var text in Instead)
            {
                yield return With(i, n => n.ReplaceWith(JsonNode.Parse(text)));
            }

            yield return With(i, n =>
            {
                if (n.Parent is JsonObject parent) parent.Remove(n.GetPropertyName());
                else n.Parent!.AsArray().Remove(n);
            });
            yield return With(i, n =>
            {
                if (n is JsonObject o) o["unheard_of"] = 1;
            });
        }
    }

    private static JsonNode With(int index, Action<JsonNode> change)
    {
        var document = JsonNode.Parse(Full)!;
        change(Nodes(document)[index]);
        return document;
    }

    /// <summary>All but the root.</summary>
    private static List<JsonNode> Nodes(JsonNode node)
    {
        var children = node switch
        {
            JsonObject o => o.Select(m => m.Value!),
            JsonArray a => a.Select(i => i!),
            _ => [],
        };
        return [.. children.SelectMany(c => Nodes(c).Prepend(c))];
    }

    private static void Collect(JsonNode? node, string path, HashSet<string> into)
    {
        if (node is JsonArray list)
        {
            foreach (var item in list) Collect(item, $"{path}[]", into);
        }

        if (node is not JsonObject members) return;
        foreach (var (name, value) in members)
        {
            var member = path.Length == 0 ? name : $"{path}.{name}";
            into.Add(member);
            Collect(value, member, into);
        }
    }
}
