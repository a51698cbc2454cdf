using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Host.DemoYear;

/// <summary>
/// What makes salespeople of the demo year say yes: some rules of the default model and no others. Whoever looks for it in the year's
/// outcomes should find these and not the rest.
/// </summary>
public static class DemoTruth
{
    private static readonly IReadOnlyDictionary<string, double> Accepting = new Dictionary<string, double>
    {
        ["pricing_page"] = 0.55, ["webinar_attended"] = 0.8, ["demo_requested"] = 1.4, ["decision_maker"] = 1.1, ["mid_market_or_larger"] = 0.8,
    };

    /// <summary>Rules of the default model that outcomes depend on.</summary>
    public static IReadOnlyCollection<string> Informative { get; } = [.. Accepting.Keys];

    /// <summary>Rules that count for many leads of the year, and that no outcome depends on.</summary>
    public static IReadOnlyCollection<string> Noise { get; } =
        ["page_view", "email_open", "email_click", "content_download", "manager", "buying_department"];

    /// <summary>How likely sales accepts a handoff.</summary>
    /// <param name="lead">As it was handed off.</param>
    public static double Acceptance(Lead lead, ScoringModel model, DateTimeOffset at) => Logistic(Appeal(lead, model, at) - 2.6);

    /// <summary>How likely an accepted lead becomes an opportunity.</summary>
    /// <inheritdoc cref="Acceptance"/>
    public static double Opportunity(Lead lead, ScoringModel model, DateTimeOffset at) => Logistic((0.6 * Appeal(lead, model, at)) - 1.6);

    /// <summary>How likely an opportunity is won.</summary>
    /// <inheritdoc cref="Acceptance"/>
    public static double Win(Lead lead, ScoringModel model, DateTimeOffset at) => Logistic((0.6 * Appeal(lead, model, at)) - 1.9);

    /// <summary>Decayed engagements of the cycle and fit rules that hold, each times its worth.</summary>
    private static double Appeal(Lead lead, ScoringModel model, DateTimeOffset at)
    {
        var appeal = 0.0;
        foreach (var sum in lead.Score.Rules)
        {
            if (!Accepting.TryGetValue(sum.Rule, out var worth)) continue;
            var rule = model.RuleNamed(sum.Rule);
            appeal += worth * sum.InCycle * rule.Decay(at - sum.At) / rule.Points;
        }

        foreach (var rule in model.FitRules)
        {
            if (Accepting.TryGetValue(rule.Name, out var worth) && rule.When.All(p => p.Holds(lead.Attributes))) appeal += worth;
        }

        return appeal;
    }

    private static double Logistic(double logOdds) => 1 / (1 + Math.Exp(-logOdds));
}
