using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using static LeadScoring.Specs.Scoring.TestModel;

namespace LeadScoring.Specs.Scoring;

/// <summary>The first N of a UTC day count.</summary>
public sealed class FrequencyCaps
{
    private static readonly ScoringModel _twoADay = Of(Rule("opened", points: 16, halfLifeDays: 1) with { MaxPerDay = 2 });

    /// <summary>The day before <see cref="Story.Now"/>'s.</summary>
    private static readonly DateTimeOffset _midnight = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Only_the_first_ones_of_a_day_count()
    {
        // At midnight after: 16 / 2 for the one at 0 h, 16 / 2^(1/2) for the one at 12 h, nothing for the one at 18 h.
        var score = _twoADay.ScoreOf(_midnight.AddDays(1), At(18), At(0), At(12));
        score.ShouldBe(8 + (16 / Math.Sqrt(2)), 1e-12);
    }

    [Fact]
    public void Each_utc_day_has_its_own_allowance()
    {
        Score(At(21), At(22), At(23.999), At(24), At(25), At(26)).Engagements.ShouldBe(4);
        var elsewhere = At(24) with { OccurredAt = At(24).OccurredAt.ToOffset(TimeSpan.FromHours(-10)) };
        Score(At(21), At(22), elsewhere).Engagements.ShouldBe(3);
        Explanation.Of(EngagementHistory.Of([At(21), At(22), elsewhere]), _twoADay, Now)
            .Lines.ShouldNotContain(l => l.Kind == LineKind.FrequencyCapped);
    }

    [Fact]
    public void A_late_one_displaces_the_last_that_counted_without_the_history()
    {
        var state = ScoreState.Of(EngagementHistory.Of([At(6), At(12)]), _twoADay, countFrom: null).Add(At(0), _twoADay, countFrom: null);

        state.Latest.ShouldBe(At(12).OccurredAt);
        state.At(_midnight.AddDays(1), _twoADay).ShouldBe(8 + (16 * Math.Pow(2, -0.75)), 1e-12);
        _twoADay.ScoreOf(_midnight.AddDays(1), At(6), At(12), At(0)).ShouldBe(8 + (16 * Math.Pow(2, -0.75)), 1e-12);
    }

    [Fact]
    public void A_late_one_on_a_day_with_room_needs_no_history()
    {
        var state = ScoreState.Of(EngagementHistory.Of([At(12), At(36)]), _twoADay, countFrom: null).Add(At(6), _twoADay, countFrom: null);

        state.Exact.ShouldBeTrue();
        Written.ShouldBeTheSame(state, ScoreState.Of(EngagementHistory.Of([At(6), At(12), At(36)]), _twoADay, countFrom: null));
        state.Add(At(18), _twoADay, countFrom: null).Rules[0].Engagements.ShouldBe(3);
    }

    [Fact]
    public void At_the_same_instant_it_does_not_matter_which_one_counts()
    {
        EngagementRecorded[] same = [At(6, "c"), At(6, "a"), At(6, "b")];
        Score(same).Engagements.ShouldBe(2);
        Explanation.Of(EngagementHistory.Of(same), _twoADay, Now).Lines.Where(l => l.Kind == LineKind.FrequencyCapped)
            .Select(l => l.Engagement!.Id).ShouldBe(["c"]);
    }

    [Fact]
    public void Engagements_of_other_rules_do_not_use_the_allowance_up() =>
        Of(Rule("opened", points: 1) with { MaxPerDay = 1 }, Rule("clicked", points: 10) with { MaxPerDay = 1 })
            .ScoreOf(Now, Engaged("opened"), Engaged("clicked"), Engaged("opened", id: "o2"), Engaged("clicked", id: "c2"))
            .ShouldBe(11);

    [Fact]
    public void The_cap_of_the_rule_holds_on_top() =>
        // Five days, three a day, one point each and no decay: 15, capped at 10.
        Of(Rule("opened", points: 1) with { MaxPerDay = 3, Cap = 10 })
            .ScoreOf(Now, [.. Enumerable.Range(0, 20).Select(i => Engaged("opened", daysAgo: i / 4, id: $"{i}"))]).ShouldBe(10);

    [Fact]
    public void Days_beyond_those_remembered_need_the_history()
    {
        var days = Enumerable.Range(1, ScoreState.FrequencyDaysMax + 1).Select(day => At(24 * day)).ToList();
        var state = ScoreState.Of(EngagementHistory.Of(days), _twoADay, countFrom: null);

        state.Rules[0].Days!.Count.ShouldBe(ScoreState.FrequencyDaysMax);
        state.Add(At((24 * 2) + 1), _twoADay, countFrom: null).Exact.ShouldBeTrue();
        state.Add(At(24 + 1), _twoADay, countFrom: null).Exact.ShouldBeFalse();
        state.Add(At(1), _twoADay, countFrom: null).Exact.ShouldBeFalse();
    }

    [Fact]
    public void What_the_service_decides_after_a_displacement_is_decided_on_the_true_score()
    {
        // Two of 60 count a day; the late one displaces the later of them but leaves 60 + 60 · 2^(-9 h) behind.
        var model = Of(Rule("opened", points: 60, halfLifeDays: 0.375) with { MaxPerDay = 2 });
        var past = Given(Captured, Engaged("opened", id: "e1"), Engaged("opened", id: "e2")).Under(model);

        var lead = past.When(Posts("opened", daysAgo: 0.375)).Lead;
        lead.Score.Exact.ShouldBeTrue();
        lead.Score.At(Now, model).ShouldBe(90, 1e-9);
    }

    private static RuleSum Score(params EngagementRecorded[] history) =>
        ScoreState.Of(EngagementHistory.Of(history), _twoADay, countFrom: null).Rules.Single();

    private static EngagementRecorded At(double hour, string? id = null) =>
        Engaged("opened", id: id ?? $"at-{hour}") with { OccurredAt = _midnight.AddHours(hour) };
}
