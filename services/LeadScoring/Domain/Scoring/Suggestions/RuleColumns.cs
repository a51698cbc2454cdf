using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Statistics;

namespace LeadScoring.Domain.Scoring.Suggestions;

/// <summary>A model's rules as columns: those on what people do first, then those on who they are, in the document's order.</summary>
public sealed class RuleColumns(ScoringModel model)
{
    /// <summary>Less than this many fresh engagements is what arithmetic leaves over.</summary>
    private const double UnitsLeast = 1e-9;

    private readonly Dictionary<string, int> _columns =
        model.Rules.Select((rule, i) => (rule.Name, i)).ToDictionary(r => r.Name, r => r.i, StringComparer.Ordinal);

    public int Count => model.Rules.Count + model.FitRules.Count;

    public IEnumerable<int> All => Enumerable.Range(0, Count);

    public bool IsFit(int column) => column >= model.Rules.Count;

    public string NameOf(int column) => IsFit(column) ? FitRuleOf(column).Name : model.Rules[column].Name;

    public double PointsOf(int column) => IsFit(column) ? FitRuleOf(column).Points : model.Rules[column].Points;

    public double? CapOf(int column) => IsFit(column) ? null : model.Rules[column].Cap;

    public bool IsFastTrack(int column) => !IsFit(column) && model.Rules[column].FastTrack;

    /// <summary>
    /// What each rule counted for a lead in its current cycle, in units of its points: how many fresh engagements would be worth as much,
    /// within the rule's cap. A fit rule that holds counts 1.
    /// </summary>
    /// <param name="lead">Its score must be able to answer for the instant under the model.</param>
    public IReadOnlyList<Feature> Of(Lead lead, DateTimeOffset at)
    {
        var features = new List<Feature>();
        foreach (var sum in lead.Score.Rules)
        {
            var rule = model.RuleNamed(sum.Rule);
            var units = rule.Capped(sum.InCycle * rule.Decay(at - sum.At)) / rule.Points;
            if (units > UnitsLeast) features.Add(new(_columns[sum.Rule], units));
        }

        for (var i = 0; i < model.FitRules.Count; i++)
        {
            if (model.FitRules[i].When.All(p => p.Holds(lead.Attributes))) features.Add(new(model.Rules.Count + i, 1));
        }

        return features;
    }

    /// <summary>EngagementScore of the cycle with other points for the same rules.</summary>
    /// <param name="points">By column.</param>
    public double ScoreOf(OutcomeSample sample, IReadOnlyList<double> points) => model.Clamp(Total(sample, points, fit: false));

    /// <summary>Fit points with other points for the same rules.</summary>
    /// <param name="points">By column.</param>
    public double FitOf(OutcomeSample sample, IReadOnlyList<double> points) => Total(sample, points, fit: true);

    private double Total(OutcomeSample sample, IReadOnlyList<double> points, bool fit)
    {
        var total = 0.0;
        foreach (var (column, units) in sample.Features)
        {
            if (IsFit(column) == fit) total += points[column] * units;
        }

        return total;
    }

    private FitRule FitRuleOf(int column) => model.FitRules[column - model.Rules.Count];
}
