using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using static LeadScoring.Specs.Scoring.TestModel;

namespace LeadScoring.Specs.Scoring;

/// <summary>How long a stored score may stand before decay has moved it by more than max(0.5 point, 1 %).</summary>
public sealed class Drift
{
    [Theory]
    [InlineData(100, 1)]
    [InlineData(200, 2)]
    [InlineData(10, 0.5)]
    public void One_decaying_rule_is_told_exactly(double points, double tolerance)
    {
        var model = Of(Rule("clicked", points, halfLifeDays: 30));
        var state = ScoreState.Of(EngagementHistory.Of([Engaged("clicked")]), model, countFrom: null);

        var due = state.DriftsAfter(Now, model)!.Value;
        state.At(due, model).ShouldBe(points - tolerance, 1e-6);
    }

    [Fact]
    public void Less_than_the_tolerance_never_drifts()
    {
        var model = Of(Rule("clicked", points: 0.5, halfLifeDays: 30));
        ScoreState.Of(EngagementHistory.Of([Engaged("clicked")]), model, countFrom: null).DriftsAfter(Now, model).ShouldBeNull();
    }

    [Fact]
    public void What_does_not_decay_never_drifts_but_widens_the_tolerance()
    {
        var model = Of(Rule("met", points: 900), Rule("clicked", points: 9, halfLifeDays: 30));
        DriftOf(model, Engaged("met")).ShouldBeNull();
        DriftOf(model, Engaged("met"), Engaged("clicked")).ShouldBeNull();
        DriftOf(model, Engaged("clicked")).ShouldNotBeNull();
    }

    [Fact]
    public void Rules_that_cancel_out_still_drift_apart()
    {
        var model = Of(Rule("clicked", points: 50, halfLifeDays: 90), Rule("bounced", points: -50, halfLifeDays: 1));
        var due = DriftOf(model, Engaged("clicked"), Engaged("bounced"));
        due.ShouldNotBeNull().ShouldBeLessThan(Now.AddHours(1));
    }

    [Fact]
    public void Somebody_who_did_nothing_never_drifts() => DriftOf(Model).ShouldBeNull();

    private static DateTimeOffset? DriftOf(ScoringModel model, params EngagementRecorded[] history) =>
        ScoreState.Of(EngagementHistory.Of(history), model, countFrom: null).DriftsAfter(Now, model);
}
