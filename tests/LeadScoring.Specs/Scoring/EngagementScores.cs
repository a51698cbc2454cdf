using LeadScoring.Domain;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using static LeadScoring.Specs.Scoring.TestModel;

namespace LeadScoring.Specs.Scoring;

/// <summary>Scores computed by hand.</summary>
public sealed class EngagementScores
{
    [Theory]
    [InlineData(0, 40)]
    [InlineData(10, 20)]
    [InlineData(20, 10)]
    [InlineData(30, 5)]
    [InlineData(5, 28.284271247461902)]
    [InlineData(100, 0.0390625)]
    public void After_one_half_life_half_is_left(double daysAgo, double expected) =>
        Of(Rule("clicked", points: 40, halfLifeDays: 10)).ScoreOf(Now, Engaged("clicked", daysAgo)).ShouldBe(expected, 1e-12);

    [Fact]
    public void Without_a_half_life_nothing_is_lost() =>
        Of(Rule("clicked", points: 40)).ScoreOf(Now, Engaged("clicked", daysAgo: 9000)).ShouldBe(40);

    [Fact]
    public void Engagements_of_one_rule_add_up_each_decayed_from_its_own_time() =>
        Of(Rule("clicked", points: 40, halfLifeDays: 10))
            .ScoreOf(Now, Engaged("clicked", daysAgo: 20), Engaged("clicked", daysAgo: 10), Engaged("clicked"))
            .ShouldBe(10 + 20 + 40, 1e-12);

    [Fact]
    public void Rules_add_up_and_negative_points_decay_too() =>
        Of(Rule("clicked", points: 40, halfLifeDays: 10), Rule("bounced", points: -8, halfLifeDays: 5), Rule("met", points: 3))
            .ScoreOf(Now, Engaged("clicked", daysAgo: 10), Engaged("bounced", daysAgo: 10), Engaged("met", daysAgo: 10))
            .ShouldBe(20 - 2 + 3, 1e-12);

    [Fact]
    public void A_cap_bounds_the_decayed_total_not_the_points_as_they_come_in()
    {
        var model = Of(Rule("opened", points: 8, halfLifeDays: 10) with { Cap = 10 });
        EngagementRecorded[] history = [Engaged("opened", daysAgo: 10), Engaged("opened"), Engaged("opened", id: "another")];

        // 4 + 8 + 8 = 20 now, 10 after one half-life, 5 after two.
        model.ScoreOf(Now, history).ShouldBe(10);
        model.ScoreOf(Now.AddDays(9.9), history).ShouldBe(10);
        model.ScoreOf(Now.AddDays(20), history).ShouldBe(5, 1e-12);
    }

    [Fact]
    public void A_cap_bounds_a_negative_total_from_below() =>
        Of(Rule("bounced", points: -8) with { Cap = 10 })
            .ScoreOf(Now, Engaged("bounced"), Engaged("bounced", daysAgo: 1)).ShouldBe(-10);

    [Fact]
    public void A_cap_is_its_rules_own() =>
        Of(Rule("opened", points: 8) with { Cap = 10 }, Rule("clicked", points: 8))
            .ScoreOf(Now, Engaged("opened"), Engaged("opened", daysAgo: 1), Engaged("clicked"), Engaged("clicked", daysAgo: 1))
            .ShouldBe(26);

    [Fact]
    public void The_score_stays_between_floor_and_ceiling()
    {
        var model = Of(Rule("met", points: 70), Rule("bounced", points: -50)) with { Floor = -20, Ceiling = 100 };

        model.ScoreOf(Now, Engaged("bounced")).ShouldBe(-20);
        model.ScoreOf(Now, Engaged("met"), Engaged("met", daysAgo: 1)).ShouldBe(100);
        model.ScoreOf(Now, Engaged("met"), Engaged("bounced")).ShouldBe(20);
    }

    [Fact]
    public void The_clamp_forgets_nothing()
    {
        // 140 - 50 is 90: the second 70 counted in full although 100 was shown in between.
        var model = Of(Rule("met", points: 70), Rule("bounced", points: -50)) with { Ceiling = 100 };
        model.ScoreOf(Now, Engaged("met", daysAgo: 2), Engaged("met", daysAgo: 1), Engaged("bounced")).ShouldBe(90);
    }

    [Fact]
    public void Somebody_who_did_nothing_has_no_points() => Of(Rule("met", points: 70)).ScoreOf(Now).ShouldBe(0);

    [Fact]
    public void A_type_no_rule_speaks_of_is_worth_nothing() =>
        Of(Rule("met", points: 70)).ScoreOf(Now, Engaged("heard")).ShouldBe(0);

    [Fact]
    public void The_rule_whose_conditions_hold_is_the_one_that_counts()
    {
        var model = Of(
            new Rule("pricing", "viewed", [new("page", Comparison.StartsWith, [Scalar.Of("/pricing")])], Points: 10),
            new Rule("careers", "viewed", [new("page", Comparison.StartsWith, [Scalar.Of("/careers")])], Points: -10));

        EngagementRecorded Viewed(string page) =>
            Engaged("viewed", id: page) with { Properties = new Dictionary<string, Scalar> { ["page"] = Scalar.Of(page) } };

        model.ScoreOf(Now, Viewed("/pricing/eu"), Viewed("/Pricing"), Viewed("/about"), Engaged("viewed")).ShouldBe(20);
        model.ScoreOf(Now, Viewed("/careers")).ShouldBe(-10);
    }

    [Fact]
    public void Time_zones_do_not_matter() =>
        Of(Rule("clicked", points: 40, halfLifeDays: 10)).ScoreOf(
            Now.ToOffset(TimeSpan.FromHours(-8)),
            Engaged("clicked") with { OccurredAt = DaysAgo(10).ToOffset(TimeSpan.FromHours(9)) }).ShouldBe(20, 1e-12);

    [Fact]
    public void A_state_speaks_only_of_its_own_model_and_not_of_the_past()
    {
        var model = Of(Rule("met", points: 70));
        var state = ScoreState.Of(EngagementHistory.Of([Engaged("met", daysAgo: 1)]), model, countFrom: null);

        state.CanAnswer(DaysAgo(1), model).ShouldBeTrue();
        state.CanAnswer(DaysAgo(1).AddTicks(-1), model).ShouldBeFalse();
        state.CanAnswer(Now, model with { Id = "2-other" }).ShouldBeFalse();
        Should.Throw<InvalidOperationException>(() => state.At(DaysAgo(2), model));
        state.Add(Engaged("met"), model with { Id = "2-other" }, countFrom: null).Exact.ShouldBeFalse();
    }

    [Theory]
    [InlineData(0, 0.0)]
    [InlineData(12.34, 12.3)]
    [InlineData(12.35, 12.4)]
    [InlineData(12.25, 12.3)]
    [InlineData(0.05, 0.1)]
    [InlineData(99.95, 100.0)]
    [InlineData(99.949999, 99.9)]
    [InlineData(-0.05, 0.0)]
    [InlineData(-12.35, -12.3)]
    [InlineData(-12.351, -12.4)]
    [InlineData(-12.25, -12.2)]
    public void A_score_is_shown_with_one_decimal_rounded_half_up(double score, double shown) =>
        Explanation.ScoreShown(score).ShouldBe((decimal)shown);

    [Fact]
    public void The_default_model_scores_a_well_known_story()
    {
        // A demo and a webinar 30 days ago, three page views today, an unsubscription today: 30 + 12.5 + 3 - 25.
        EngagementRecorded[] story =
        [
            Engaged("demo_requested", daysAgo: 30),
            Engaged("webinar_attended", daysAgo: 30),
            Engaged("page_viewed", id: "p1"),
            Engaged("page_viewed", id: "p2"),
            Engaged("page_viewed", id: "p3"),
            Engaged("unsubscribed"),
        ];
        Model.ScoreOf(Now, story).ShouldBe(20.5, 1e-12);
    }

    [Theory]
    [InlineData(39, 20, 5)]
    [InlineData(3, 13, 9)]
    [InlineData(49, 1, 1)]
    public void Whole_points_that_do_not_decay_stay_whole_when_a_model_makes_them_worth_something_else(double points, double worth, int times)
    {
        var (before, after) = (TestModel.Of(TestModel.Rule("clicked", points)), TestModel.Of(TestModel.Rule("clicked", worth)) with { Id = "2-other", Version = 2 });
        var history = EngagementHistory.Of(Times(times, "clicked"));

        var revalued = ScoreState.Of(history, before, countFrom: null).Revalue(new Dictionary<string, int> { ["clicked"] = times }, before, after);

        revalued!.At(Now, after).ShouldBe(times * worth);
    }
}
