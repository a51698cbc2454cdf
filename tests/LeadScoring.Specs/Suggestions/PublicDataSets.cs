using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using LeadScoring.Domain;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using LeadScoring.Domain.Scoring.Suggestions;
using LeadScoring.Domain.Statistics;
using Xunit.Abstractions;

namespace LeadScoring.Specs.Suggestions;

public sealed class PublicDataSets(ITestOutputHelper output)
{
    private const int Folds = 5;

    /// <summary>
    /// Mean area over the same five folds (row number modulo five) of scikit-learn 1.2's
    /// <c>LogisticRegression(C=1)</c> on <c>OneHotEncoder</c> and <c>StandardScaler</c> columns: 0.7347, 0.8181, 0.7683, 0.8216, 0.7655.
    /// </summary>
    private const double UsualAnswer = 0.7816;

    [Fact]
    public void Suggested_points_rank_strangers_as_well_as_the_usual_regression()
    {
        var people = GermanCredit.People;
        people.Count.ShouldBe(1_000);
        var areas = Enumerable.Range(0, Folds).Select(fold =>
        {
            var (known, strangers) = (Where(people, i => i % Folds != fold), Where(people, i => i % Folds == fold));
            var model = Suggested(known);
            return RocCurve.Area(strangers.Select(p => model.FitOf(p.Attributes)), strangers.Select(p => p.IsGood))!.Value;
        }).ToList();

        output.WriteLine(string.Join(' ', areas.Select(a => a.ToString("0.0000", CultureInfo.InvariantCulture))) + $" mean {areas.Average():0.0000}");
        areas.Average().ShouldBeGreaterThan(UsualAnswer - 0.01);
    }

    private static ScoringModel Suggested(IReadOnlyList<(IReadOnlyDictionary<string, Scalar> Attributes, bool IsGood)> known)
    {
        var document = Document(known.Select(p => p.Attributes).ToList());
        var model = ScoringModelDocument.Read(Encoding.UTF8.GetBytes(document));
        var columns = new RuleColumns(model);
        var lead = Lead.New(Guid.Empty, model);
        var samples = known.Select((p, i) => new OutcomeSample(
            new Guid(i, 0, 0, new byte[8]), Cycle: 1, columns.Of(lead with { Attributes = p.Attributes }, Now), p.IsGood)).ToList();
        return PointsFromOutcomes.Propose(samples, model, document).Proposal.ShouldNotBeNull().Model;
    }

    /// <summary>A marketer's first try: a rule for every word and for every fifth of a number, one point each.</summary>
    private static string Document(IReadOnlyList<IReadOnlyDictionary<string, Scalar>> known)
    {
        var rules = new JsonArray();
        foreach (var column in GermanCredit.WordColumns)
        {
            foreach (var word in known.Select(a => a[column].Text!).Distinct().Order(StringComparer.Ordinal)) Add(column, "equals", word);
        }

        foreach (var column in GermanCredit.NumberColumns)
        {
            var values = known.Select(a => a[column].Number).Order().ToList();
            var steps = Enumerable.Range(1, 4).Select(i => values[values.Count * i / 5]).Where(v => v > values[0]).Distinct();
            foreach (var step in steps) Add(column, "gte", step);
        }

        var document = JsonNode.Parse(ScoringModelDocument.DefaultJson.Span)!;
        document["fit"]!["rules"] = rules;
        return document.ToJsonString();

        void Add(string property, string comparison, JsonNode value) => rules.Add(new JsonObject
        {
            ["name"] = $"rule_{rules.Count + 1}",
            ["when"] = new JsonArray(new JsonObject { ["property"] = property, [comparison] = value }),
            ["points"] = 1,
        });
    }

    private static List<T> Where<T>(IReadOnlyList<T> all, Func<int, bool> isMeant) => [.. all.Where((_, i) => isMeant(i))];
}
