using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using static LeadScoring.Specs.Scoring.TestModel;

namespace LeadScoring.Specs.Scoring;

/// <summary>Every point explained: the lines add up to the score exactly as shown.</summary>
public sealed class Explanations
{
    [Fact]
    public void Each_engagement_has_its_line_oldest_first()
    {
        var model = Of(Rule("clicked", points: 40, halfLifeDays: 10));
        EngagementRecorded[] history = [Engaged("clicked"), Engaged("heard", daysAgo: 5), Engaged("clicked", daysAgo: 10)];

        Explain(model, history).ShouldBe(
            60.0m,
            new(LineKind.Counted, "clicked", history[2], 20),
            new(LineKind.NoRule, null, history[1], 0),
            new(LineKind.Counted, "clicked", history[0], 40));
    }

    [Fact]
    public void What_a_frequency_cap_lets_out_is_listed_with_0_points()
    {
        var model = Of(Rule("opened", points: 2) with { MaxPerDay = 1 });
        EngagementRecorded[] history = [Engaged("opened", id: "b"), Engaged("opened", id: "a"), Engaged("opened", daysAgo: 1)];

        Explain(model, history).ShouldBe(
            4.0m,
            new(LineKind.Counted, "opened", history[2], 2),
            new(LineKind.Counted, "opened", history[1], 2),
            new(LineKind.FrequencyCapped, "opened", history[0], 0));
    }

    [Fact]
    public void What_a_cap_takes_is_a_line_of_its_rule()
    {
        var model = Of(Rule("opened", points: 8) with { Cap = 10 }, Rule("bounced", points: -8) with { Cap = 7 });
        EngagementRecorded[] history = [Engaged("opened", daysAgo: 3), Engaged("opened", daysAgo: 2), Engaged("bounced")];

        Explain(model, history).ShouldBe(
            3.0m,
            new(LineKind.Counted, "opened", history[0], 8),
            new(LineKind.Counted, "opened", history[1], 8),
            new(LineKind.Counted, "bounced", history[2], -8),
            new(LineKind.CapCorrection, "opened", null, -6),
            new(LineKind.CapCorrection, "bounced", null, 1));
    }

    [Fact]
    public void What_the_floor_and_the_ceiling_change_is_a_line()
    {
        var model = Of(Rule("met", points: 70), Rule("bounced", points: -50)) with { Floor = -20, Ceiling = 60 };

        Explain(model, Engaged("met")).ShouldBe(
            60.0m, new(LineKind.Counted, "met", Engaged("met"), 70), new(LineKind.CeilingCorrection, null, null, -10));
        Explain(model, Engaged("bounced")).ShouldBe(
            -20.0m, new(LineKind.Counted, "bounced", Engaged("bounced"), -50), new(LineKind.FloorCorrection, null, null, 30));
    }

    [Fact]
    public void A_floor_above_0_is_explained_even_when_nothing_happened() =>
        Explain(Of(Rule("met", points: 70)) with { Floor = 5 })
            .ShouldBe(5.0m, new ExplanationLine(LineKind.FloorCorrection, null, null, 5));

    [Fact]
    public void What_is_left_by_showing_rounded_numbers_is_a_line_too()
    {
        // 1 / 2^(1/2) is 0.707107 to six decimals, shown as 0.7.
        var model = Of(Rule("clicked", points: 1, halfLifeDays: 2));
        var clicked = Engaged("clicked", daysAgo: 1);

        Explain(model, clicked).ShouldBe(
            0.7m, new(LineKind.Counted, "clicked", clicked, 0.707107m), new(LineKind.Rounding, null, null, -0.007107m));
    }

    [Fact]
    public void Somebody_who_did_nothing_needs_no_line() => Explain(Of(Rule("met", points: 70))).ShouldBe(0.0m);

    [Fact]
    public void At_an_earlier_time_later_engagements_are_not_there_yet()
    {
        var model = Of(Rule("clicked", points: 40, halfLifeDays: 10));
        EngagementRecorded[] history = [Engaged("clicked", daysAgo: 20), Engaged("clicked", daysAgo: 10), Engaged("clicked")];

        var then = Explanation.Of(EngagementHistory.Of(history), model, DaysAgo(10));
        then.At.ShouldBe(DaysAgo(10));
        new Explained(then).ShouldBe(
            60.0m, new(LineKind.Counted, "clicked", history[0], 20), new(LineKind.Counted, "clicked", history[1], 40));
        new Explained(Explanation.Of(EngagementHistory.Of(history), model, DaysAgo(21))).ShouldBe(0.0m);
    }

    private static Explained Explain(ScoringModel model, params EngagementRecorded[] history) =>
        new(Explanation.Of(EngagementHistory.Of(history), model, Now));

    private sealed record Explained(Explanation Explanation)
    {
        public void ShouldBe(decimal score, params ExplanationLine[] lines)
        {
            Explanation.Score.ShouldBe(score);
            Explanation.Lines.ShouldBe(lines);
            Explanation.Lines.Sum(l => l.Points).ShouldBe(score);
        }
    }
}
