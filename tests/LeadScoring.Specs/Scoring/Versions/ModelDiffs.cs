using LeadScoring.Domain;
using LeadScoring.Domain.Scoring;
using LeadScoring.Domain.Scoring.Versions;

namespace LeadScoring.Specs.Scoring.Versions;

/// <summary>Two definitions of a lead, laid side by side in words.</summary>
public sealed class ModelDiffs
{
    private static readonly Rule Pricing = TestModel.Rule("pricing_page", 10, halfLifeDays: 30);
    private static readonly ScoringModel Before = TestModel.Of(Pricing);

    [Fact]
    public void A_model_does_not_differ_from_itself() => ModelDiff.Between(Before, Before with { Version = 2, Id = "2-x" }).ShouldBeEmpty();

    [Fact]
    public void Points_and_new_rules_are_told_as_people_tell_them() => Texts(
        Before with { Rules = [TestModel.Rule("webinar_attended", 25, halfLifeDays: 30) with { FastTrack = true }, Pricing with { Points = 15 }] })
        .ShouldBe(["new rule `webinar_attended`: 25 points, for `webinar_attended`, half-life 30 days, fast track yes", "`pricing_page`: 10 → 15 points"]);

    [Fact]
    public void A_rule_that_is_gone_is_told_with_what_it_said() =>
        Texts(Before with { Rules = [TestModel.Rule("met", 1)] }).ShouldBe(
            ["new rule `met`: 1 point, for `met`", "rule `pricing_page` is gone: 10 points, for `pricing_page`, half-life 30 days"]);

    [Fact]
    public void A_rule_that_says_the_same_by_another_name_was_renamed() =>
        Texts(Before with { Rules = [Pricing with { Name = "price_list" }] }).ShouldBe(["rule `pricing_page` is called `price_list`"]);

    [Fact]
    public void The_order_of_rules_and_conditions_means_nothing()
    {
        var (page, known) = (Is("page", "a"), new Predicate("size", Comparison.Exists, []));
        var one = TestModel.Of(Pricing with { When = [page, known] }, TestModel.Rule("met", 1));
        var other = TestModel.Of(TestModel.Rule("met", 1), Pricing with { When = [known, page] });

        ModelDiff.Between(one, other).ShouldBeEmpty();
    }

    [Fact]
    public void Every_field_of_a_rule_is_told()
    {
        var after = Pricing with
        {
            Type = "prices_seen", HalfLifeDays = 1, MaxPerDay = 3, Cap = 50.5, FastTrack = true, When = [Is("page", "/a"), new("n", Comparison.GreaterOrEqual, [Scalar.Of(2)])],
        };

        Texts(Before with { Rules = [after] }).ShouldBe(
        [
            "`pricing_page`: for `pricing_page` → `prices_seen`",
            "`pricing_page`: where none → `n` is at least 2 and `page` is \"/a\"",
            "`pricing_page`: half-life 30 days → 1 day",
            "`pricing_page`: at most none → 3 a day",
            "`pricing_page`: capped at none → 50.5 points",
            "`pricing_page`: fast track none → yes",
        ]);
    }

    [Fact]
    public void Every_other_part_of_a_model_is_told()
    {
        var after = Before with
        {
            Name = "Other", Floor = 0, Ceiling = 500, Threshold = 120.5, MinimumGrade = Grade.B, Review = ReviewMode.Automatic,
            AcceptWithin = TimeSpan.FromHours(8), CoolDown = TimeSpan.FromDays(1), CutOffs = [60, 31, 0],
            FitRules = [new("large", [new("size", Comparison.In, [Scalar.Of(1.5), Scalar.Of(true)])], -30)],
        };

        Texts(after).ShouldBe(
        [
            "name: \"Test\" → \"Other\"",
            "lowest score: -1000 → 0",
            "highest score: 1000 → 500",
            "new fit rule `large`: -30 points, where `size` is 1.5 or true",
            "grade B from: 30 → 31 points",
            "threshold: 100 → 120.5 points",
            "least grade: C → B",
            "review: by marketing → automatic",
            "accept within: 24 → 8 hours",
            "cool-down: 30 days → 1 day",
        ]);
    }

    [Fact]
    public void A_line_says_the_same_in_parts()
    {
        var line = ModelDiff.Between(Before, Before with { Rules = [Pricing with { HalfLifeDays = null }] }).ShouldHaveSingleItem();

        line.ShouldBe(new(
            ModelChangeKind.Changed, ModelPart.EngagementRule, "pricing_page", "halfLifeDays", "30 days", After: null, "`pricing_page`: half-life 30 days → none"));
    }

    private static Predicate Is(string property, string value) => new(property, Comparison.Equals, [Scalar.Of(value)]);

    private static IEnumerable<string> Texts(ScoringModel after) => ModelDiff.Between(Before, after).Select(d => d.Text);
}
