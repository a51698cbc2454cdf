using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Specs.Scoring;

/// <summary>What holds for every model and every history.</summary>
public sealed class ScoreProperties
{
    private static readonly TimeSpan[] _laters =
        [TimeSpan.Zero, TimeSpan.FromHours(7), TimeSpan.FromDays(11), TimeSpan.FromDays(400)];

    [Fact]
    public void The_state_scores_as_the_formula_says_at_any_later_time() => Property.Holds(Sample.Any, sample =>
    {
        var state = ScoreState.Of(EngagementHistory.Of(sample.History), sample.Model, countFrom: null);
        foreach (var later in _laters)
        {
            state.At(Now + later, sample.Model).ShouldBeNear(Formula.Score(sample.History, sample.Model, Now + later));
        }
    });

    [Fact]
    public void A_state_kept_up_engagement_by_engagement_is_the_state_of_the_whole_history()
    {
        var exact = 0;
        Property.Holds(Sample.Any, sample =>
        {
            var random = sample.Random();
            var countFrom = random.Next(2) == 0 ? (DateTimeOffset?)null : Sample.Start.AddDays(random.Next(Sample.DaysMax));
            var state = ScoreState.Empty(sample.Model);
            foreach (var engagement in sample.Shuffled(random)) state = state.Add(engagement, sample.Model, countFrom);

            if (!state.Exact)
            {
                (sample.Model.ClickBurst is not null || sample.Model.Rules.Any(r => r.MaxPerDay is not null)).ShouldBeTrue();
                return;
            }

            exact++;
            Written.ShouldBeTheSame(state, ScoreState.Of(EngagementHistory.Of(sample.History), sample.Model, countFrom));
            state.InCycleAt(Now, sample.Model).ShouldBeNear(Formula.Score(sample.History, sample.Model, Now, countFrom));
        });
        exact.ShouldBeGreaterThan(Property.Of(20));
    }

    [Fact]
    public void In_order_of_occurrence_the_history_is_never_needed() => Property.Holds(Sample.Any, sample =>
        ScoreState.Of(EngagementHistory.Of(sample.History), sample.Model, countFrom: null).Exact.ShouldBeTrue());

    [Fact]
    public void Caps_and_clamps_hold() => Property.Holds(Sample.Any, sample =>
    {
        var state = ScoreState.Of(EngagementHistory.Of(sample.History), sample.Model, countFrom: Now.AddDays(-Sample.DaysMax / 2));
        state.At(Now, sample.Model).ShouldBeInRange(sample.Model.Floor, sample.Model.Ceiling);
        state.InCycleAt(Now, sample.Model).ShouldBeInRange(sample.Model.Floor, sample.Model.Ceiling);

        var byRule = state.ByRule(Now, sample.Model);
        foreach (var (rule, points, engagements) in Shares(byRule))
        {
            Math.Abs(points).ShouldBeLessThanOrEqualTo(sample.Model.RuleNamed(rule).Cap ?? double.MaxValue);
            engagements.ShouldBeLessThanOrEqualTo(sample.History.Count(e => e.Type == rule));
        }

        byRule.Sum(c => c.Points).ShouldBeNear(state.At(Now, sample.Model));
    });

    [Fact]
    public void Between_two_engagements_a_positive_score_only_falls() => Property.Holds(Sample.PositiveOnly, sample =>
    {
        var state = ScoreState.Of(EngagementHistory.Of(sample.History), sample.Model, countFrom: null);
        foreach (var (earlier, later) in _laters.Zip(_laters.Skip(1)))
        {
            state.At(Now + later, sample.Model).ShouldBeLessThanOrEqualTo(state.At(Now + earlier, sample.Model) + 1e-9);
        }
    });

    /// <summary>
    /// The score itself may rise by time alone where negative points fade faster than positive ones; what each rule adds
    /// or takes never grows.
    /// </summary>
    [Fact]
    public void Between_two_engagements_no_rules_share_grows() => Property.Holds(Sample.Any, sample =>
    {
        var state = ScoreState.Of(EngagementHistory.Of(sample.History), sample.Model, countFrom: null);
        foreach (var (earlier, later) in _laters.Zip(_laters.Skip(1)))
        {
            var before = state.ByRule(Now + earlier, sample.Model).ToDictionary(c => c.Rule, c => c.Points);
            foreach (var (rule, points, _) in Shares(state.ByRule(Now + later, sample.Model)))
            {
                Math.Abs(points).ShouldBeLessThanOrEqualTo(Math.Abs(before[rule]) + 1e-9);
                (points * before[rule]).ShouldBeGreaterThanOrEqualTo(0, "a share never changes sides");
            }
        }
    });

    [Fact]
    public void With_one_half_life_and_no_caps_the_score_only_moves_towards_0() => Property.Holds(Sample.Any, sample =>
    {
        var model = TestModel.Of([.. sample.Model.Rules.Select(r => r with { HalfLifeDays = 30, Cap = null })]);
        var state = ScoreState.Of(EngagementHistory.Of(sample.History), model, countFrom: null);
        foreach (var (earlier, later) in _laters.Zip(_laters.Skip(1)))
        {
            Math.Abs(state.At(Now + later, model)).ShouldBeLessThanOrEqualTo(Math.Abs(state.At(Now + earlier, model)) + 1e-9);
        }
    });

    [Fact]
    public void Until_it_is_due_a_stored_score_is_within_half_a_point_or_1_percent()
    {
        var (due, never) = (0, 0);
        Property.Holds(Sample.Any, sample =>
        {
            var state = ScoreState.Of(EngagementHistory.Of(sample.History), sample.Model, countFrom: null);
            var stored = state.At(Now, sample.Model);
            var end = state.DriftsAfter(Now, sample.Model);
            if (end is null) never++;
            else due++;

            (end ?? DateTimeOffset.MaxValue).ShouldBeGreaterThan(Now);
            var span = (end ?? Now.AddYears(30)) - Now;
            for (var part = 0; part <= 8; part++)
            {
                var exact = state.At(Now + (span * (part / 8.0)), sample.Model);
                Math.Abs(exact - stored).ShouldBeLessThanOrEqualTo(Math.Max(0.5, 0.01 * Math.Abs(stored)) + 1e-6);
            }
        });
        Math.Min(due, never).ShouldBeGreaterThan(Property.Of(5));
    }

    [Fact]
    public void An_explanation_of_any_instant_tells_the_score_and_its_lines_add_up_exactly()
    {
        var kinds = new HashSet<LineKind>();
        Property.Holds(Sample.Any, sample =>
        {
            var at = Sample.Start.AddDays(sample.Random().Next(Sample.DaysMax + 30));
            var until = ScoreState.InOrder(sample.History.Where(e => e.OccurredAt <= at)).ToList();
            var said = sample.RetractionsAndRestorations().ToList();
            var explanation = Explanation.Of(EngagementHistory.Of([.. sample.Shuffled(sample.Random()), .. said]), sample.Model, at);

            var known = EngagementHistory.Of([.. until, .. said]);
            explanation.UnroundedScore.ShouldBeNear(Formula.Score(known, sample.Model, at));
            explanation.UnroundedScore.ShouldBeNear(ScoreState.Of(known, sample.Model, countFrom: null).At(at, sample.Model));
            Math.Abs((double)explanation.Score - explanation.UnroundedScore).ShouldBeLessThanOrEqualTo(0.05 + 1e-9);
            explanation.Lines.Sum(l => l.Points).ShouldBe(explanation.Score);
            explanation.Lines.Select(l => l.Engagement).OfType<EngagementRecorded>().ShouldBe(until);
            explanation.Lines.ShouldAllBe(l => l.Points == 0 || !(l.Kind == LineKind.FrequencyCapped || l.Kind == LineKind.NoRule || l.Kind == LineKind.SuspectedBot || l.Kind == LineKind.Retracted));
            explanation.Lines.Where(l => l.Kind == LineKind.Retracted).Select(l => l.Engagement!).ShouldBe(until.Where(known.IsRetracted));
            kinds.UnionWith(explanation.Lines.Select(l => l.Kind));
        });
        kinds.ShouldBe(Enum.GetValues<LineKind>(), ignoreOrder: true);
    }

    private static IEnumerable<RuleContribution> Shares(IEnumerable<RuleContribution> contributions) =>
        contributions.Where(c => c.Rule is not ("floor" or "ceiling"));
}
