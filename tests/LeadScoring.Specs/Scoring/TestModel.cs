using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Specs.Scoring;

/// <summary>A model of a few rules, everything else generous.</summary>
public static class TestModel
{
    public static ScoringModel Of(params Rule[] rules) => new(
        "Test",
        Version: 1,
        "1-test",
        Floor: -1000,
        Ceiling: 1000,
        rules,
        FitRules: [],
        CutOffs: [60, 30, 0],
        Threshold: 100,
        Grade.C,
        ReviewMode.Marketing,
        AcceptWithin: TimeSpan.FromHours(24),
        CoolDown: TimeSpan.FromDays(30));

    /// <summary>A rule for the type of its name.</summary>
    public static Rule Rule(string type, double points, double? halfLifeDays = null) =>
        new(type, type, When: [], points, halfLifeDays);

    public static double ScoreOf(this ScoringModel model, DateTimeOffset at, params EngagementRecorded[] history) =>
        ScoreState.Of(EngagementHistory.Of(history), model, countFrom: null).At(at, model);
}
