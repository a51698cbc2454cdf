using LeadScoring.Domain;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Specs.Qualification;

/// <summary>When a lead qualifies by itself. A contact form is worth 50, a webinar 25, a page view 1; 100 are needed.</summary>
public sealed class AutomaticQualificationRules
{
    private static readonly ScoringModel _withoutReview = Model with { Review = ReviewMode.Automatic };

    private static Past FiftyPoints => Given(Captured, Engaged("contact_form_submitted"));

    private static Past GradeD => Given(Captured, Knows("seniority", Scalar.Of("student")));

    [Fact]
    public void The_threshold_exactly_reached_is_enough() =>
        FiftyPoints.When(Posts("contact_form_submitted")).ThenAwaitsReview().Lead.Stage.ShouldBe(Stage.AutomationQualified);

    [Fact]
    public void Less_than_the_threshold_is_not_enough_even_when_it_is_shown_as_the_same()
    {
        var outcome = FiftyPoints.When(Posts("contact_form_submitted", daysAgo: 0.01)).ThenOnlyRecorded();
        Explanation.ScoreShown(outcome.Lead.Score.At(Now, Model)).ShouldBe(100.0m);
        outcome.Lead.Stage.ShouldBe(Stage.Inquiry);
    }

    [Fact]
    public void The_judgement_is_kept_with_the_crossing() =>
        FiftyPoints.And(Knows("seniority", Scalar.Of("manager"))).When(Posts("contact_form_submitted")).Then(
            Engaged("contact_form_submitted", id: "posted"),
            new AutomationQualified(
                Cycle: 1,
                new Judgement(
                    Score: 100,
                    QualifyingScore: 100,
                    Fit: 15,
                    Grade.C,
                    Model.Id,
                    [new("contact_us_form", Points: 100, Engagements: 2)]),
                Now));

    [Fact]
    public void Without_review_the_lead_goes_to_sales_at_once() =>
        FiftyPoints.Under(_withoutReview).When(Posts("contact_form_submitted"))
            .ThenHandedOff(QualificationReason.Threshold).Lead.Stage.ShouldBe(Stage.MarketingQualified);

    [Fact]
    public void Nobody_in_marketing_is_named_when_the_model_qualified() =>
        FiftyPoints.Under(_withoutReview).When(Posts("contact_form_submitted"))
            .Events.OfType<MarketingQualified>().Single().Actor.ShouldBeNull();

    [Fact]
    public void A_grade_below_the_minimum_does_not_qualify_however_high_the_score() =>
        GradeD.And(Times(10, "contact_form_submitted")).When(Posts("contact_form_submitted")).ThenOnlyRecorded();

    [Fact]
    public void The_minimum_grade_itself_qualifies() =>
        FiftyPoints.And(Knows("company_size", Scalar.Of(200))).Under(Model with { MinimumGrade = Grade.B })
            .When(Posts("contact_form_submitted")).ThenAwaitsReview();

    [Fact]
    public void An_attribute_that_lifts_the_grade_qualifies() =>
        GradeD.And(Times(2, "contact_form_submitted"))
            .When(new ChangeAttributes(new Dictionary<string, Scalar?> { ["seniority"] = Scalar.Of("vp") }, "crm"))
            .Then(nameof(AttributesChanged), nameof(AutomationQualified));

    [Fact]
    public void An_attribute_that_lowers_the_grade_does_not_un_qualify() =>
        FiftyPoints.And(AwaitingReview())
            .When(new ChangeAttributes(new Dictionary<string, Scalar?> { ["seniority"] = Scalar.Of("intern") }, "crm"))
            .Then(nameof(AttributesChanged)).Lead.Stage.ShouldBe(Stage.AutomationQualified);

    [Fact]
    public void A_crossing_is_decided_once_in_a_cycle() =>
        Given(Captured, AwaitingReview()).And(Times(10, "contact_form_submitted"))
            .When(Posts("contact_form_submitted")).ThenOnlyRecorded();

    [Fact]
    public void A_crossing_is_not_decided_again_even_where_a_stream_says_the_cycle_goes_on() =>
        Given(Captured, AwaitingReview(), Disqualified, new LeadReinstated(Cycle: 1, "ann", Note: null, DaysAgo(5)))
            .And(Times(10, "contact_form_submitted")).When(Posts("contact_form_submitted")).ThenOnlyRecorded();

    [Fact]
    public void Without_review_too() =>
        Given(Captured, Qualified(), Accepted).And(Times(10, "contact_form_submitted")).Under(_withoutReview)
            .When(Posts("contact_form_submitted")).ThenOnlyRecorded();

    [Fact]
    public void Decay_below_the_threshold_does_not_un_qualify() =>
        Given(Captured, Engaged("demo_requested", daysAgo: 300), Qualified(daysAgo: 300))
            .When(Posts("page_viewed")).ThenOnlyRecorded().Lead.Stage.ShouldBe(Stage.MarketingQualified);

    [Fact]
    public void Points_lost_by_an_unsubscription_do_not_un_qualify() =>
        FiftyPoints.And(AwaitingReview()).When(Posts("unsubscribed")).ThenOnlyRecorded()
            .Lead.Stage.ShouldBe(Stage.AutomationQualified);

    [Fact]
    public void A_late_engagement_counts_with_what_is_left_of_it()
    {
        // Thirty days are one half-life: 50 + 50 / 2 reach 75 and not 100, two late ones 100.
        FiftyPoints.When(Posts("contact_form_submitted", daysAgo: 30)).ThenOnlyRecorded()
            .When(Posts("contact_form_submitted", daysAgo: 30, id: "another")).ThenAwaitsReview();
    }

    [Theory, InlineData(ReviewMode.Marketing), InlineData(ReviewMode.Automatic)]
    public void A_fast_track_needs_neither_the_threshold_nor_the_review(ReviewMode review) =>
        Given(Captured).Under(Model with { Review = review }).When(Posts("demo_requested"))
            .ThenHandedOff(QualificationReason.FastTrack);

    [Fact]
    public void A_fast_track_overtakes_the_review() =>
        FiftyPoints.And(AwaitingReview()).When(Posts("demo_requested")).ThenHandedOff(QualificationReason.FastTrack);

    [Fact]
    public void A_fast_track_needs_the_grade_and_waits_for_it() =>
        GradeD.When(Posts("demo_requested")).ThenOnlyRecorded()
            .When(new ChangeAttributes(new Dictionary<string, Scalar?> { ["seniority"] = null }, "crm"))
            .Then(nameof(AttributesChanged), nameof(MarketingQualified));

    [Fact]
    public void A_fast_track_waits_for_the_end_of_the_cool_down()
    {
        var resting = Given(Captured, Qualified(), Recycled(daysAgo: 10, coolDownDays: 12)).When(Posts("demo_requested"));
        resting.ThenOnlyRecorded();

        resting.Afterwards.At(Now.AddDays(2).AddTicks(-1)).When(Posts("page_viewed", id: "before")).ThenOnlyRecorded();
        resting.Afterwards.At(Now.AddDays(2)).When(Posts("page_viewed", id: "after"))
            .ThenHandedOff(QualificationReason.FastTrack);
    }

    [Fact]
    public void A_second_fast_track_in_one_cycle_is_only_recorded() =>
        Given(Captured).When(Posts("demo_requested")).When(Posts("demo_requested", id: "again")).ThenOnlyRecorded();

    [Fact]
    public void A_fast_track_of_an_earlier_cycle_does_not_count_in_the_next() =>
        Given(Captured, Engaged("demo_requested", daysAgo: 20), Qualified(), Recycled())
            .When(Posts("page_viewed")).ThenOnlyRecorded();

    [Fact]
    public void A_late_fast_track_from_before_the_recycle_does_not_count() =>
        Given(Captured, Qualified(), Recycled(daysAgo: 10)).When(Posts("demo_requested", daysAgo: 10)).ThenOnlyRecorded();

    [Fact]
    public void After_a_recycle_only_what_occurred_since_counts_and_the_score_still_shows_everything()
    {
        var outcome = Given(Captured, Qualified())
            .And(Times(10, "contact_form_submitted", daysAgo: 10)).And(Recycled(daysAgo: 10))
            .When(Posts("contact_form_submitted")).ThenOnlyRecorded();
        outcome.Lead.Score.InCycleAt(Now, Model).ShouldBe(50);
        outcome.Lead.Score.At(Now, Model).ShouldBeGreaterThan(400);

        var crossing = outcome.When(Posts("contact_form_submitted", id: "another")).ThenAwaitsReview()
            .Events.OfType<AutomationQualified>().Single();
        (crossing.Cycle, crossing.Judgement.QualifyingScore).ShouldBe((2, 100.0));
        crossing.Judgement.Score.ShouldBeGreaterThan(450);
    }

    [Fact]
    public void A_late_engagement_from_before_the_recycle_does_not_count_and_one_from_just_after_does()
    {
        var recycled = Given(
            Captured, Qualified(), Recycled(daysAgo: 10, coolDownDays: 0), Engaged("contact_form_submitted"));
        var late = Posts("contact_form_submitted", daysAgo: 10);
        var justAfter = late with { Fact = late.Fact with { OccurredAt = late.Fact.OccurredAt.AddTicks(1) } };

        recycled.When(late).Lead.Score.InCycleAt(Now, Model).ShouldBe(50);
        recycled.When(justAfter).Lead.Score.InCycleAt(Now, Model).ShouldBe(50 + (50 * Math.Pow(2, -1 / 3.0)), 1e-6);
    }

    [Fact]
    public void A_lead_does_not_qualify_before_its_cool_down_ends()
    {
        var resting = Given(Captured, Qualified(), Recycled(daysAgo: 1, coolDownDays: 3)).And(Times(4, "contact_form_submitted"));

        resting.At(Now.AddDays(2).AddTicks(-1)).When(Posts("page_viewed")).ThenOnlyRecorded();
        resting.At(Now.AddDays(2)).When(Posts("page_viewed")).ThenAwaitsReview();
    }

    [Fact]
    public void A_cool_down_that_is_over_at_once_lets_nobody_qualify_by_the_recycling_itself() =>
        Given(Captured, Qualified()).And(Times(10, "contact_form_submitted"))
            .When(new RecycleLead("ann", RecycleReason.NotReady, CoolDownUntil: Now)).Then(nameof(LeadRecycled));

    [Fact]
    public void A_disqualified_lead_is_recorded_but_does_not_qualify() =>
        Given(Captured, Disqualified).And(Times(10, "contact_form_submitted")).When(Posts("demo_requested")).ThenOnlyRecorded()
            .Lead.Score.At(Now, Model).ShouldBe(560);

    [Fact]
    public void A_customer_is_recorded_but_does_not_qualify() =>
        Given(Captured, Qualified(), Accepted, Opened(), Won).And(Times(10, "contact_form_submitted"))
            .When(Posts("demo_requested")).ThenOnlyRecorded().Lead.Stage.ShouldBe(Stage.Customer);

    [Fact]
    public void Reinstated_without_an_earlier_crossing_everything_counts_at_once() =>
        Given(Captured, Disqualified).And(Times(2, "contact_form_submitted"))
            .When(new ReinstateLead("ann")).Then(nameof(LeadReinstated), nameof(AutomationQualified));

    [Fact]
    public void Reinstated_after_a_crossing_only_what_follows_counts()
    {
        var reinstated = Given(Captured, AwaitingReview(), Disqualified).And(Times(4, "contact_form_submitted"))
            .When(new ReinstateLead("ann")).Then(nameof(LeadReinstated));

        reinstated.Afterwards.At(Now.AddMinutes(1)).When(Posts("demo_requested", daysAgo: -1))
            .ThenHandedOff(QualificationReason.FastTrack)
            .Events.OfType<MarketingQualified>().Single().Cycle.ShouldBe(2);
    }

    [Fact]
    public void A_producers_clock_ahead_of_ours_is_taken_as_now_and_what_it_said_is_kept() =>
        FiftyPoints.When(Posts("contact_form_submitted", daysAgo: -0.002)).ThenAwaitsReview()
            .Events[0].ShouldBe(
                Engaged("contact_form_submitted", id: "posted") with { OccurredAt = Now, StatedAt = DaysAgo(-0.002) });

    [Fact]
    public void A_decision_is_never_dated_before_the_facts_it_rests_on()
    {
        // Another instance, whose clock is a minute ahead, recorded the first engagement.
        var ahead = Now.AddMinutes(1);
        Given(Captured, Engaged("contact_form_submitted") with { OccurredAt = ahead }, Engaged("page_viewed", daysAgo: 2))
            .When(Posts("contact_form_submitted", daysAgo: -1))
            .Events.OfType<AutomationQualified>().Single().At.ShouldBe(ahead);
    }

    [Fact]
    public void The_passing_of_time_alone_decides_nothing() =>
        Given(Captured, Qualified(), Recycled(daysAgo: 10, coolDownDays: 5)).And(Times(4, "contact_form_submitted", daysAgo: 6))
            .When(new RecycleLead("ann", RecycleReason.NotReady)).ThenNothing().Lead.Stage.ShouldBe(Stage.Inquiry);

    [Fact]
    public void A_lead_scored_under_another_model_is_scored_anew_from_its_history()
    {
        var past = FiftyPoints.And(Engaged("webinar_attended"));
        var dearer = ScoringModelDocument.Default with { Id = "2-dearer", Threshold = 76 };
        var needy = Decision.Take(past.Lead, Posts("page_viewed"), new(Now, dearer));
        (needy.HistoryNeeded, needy.Events.Count).ShouldBe((true, 0));

        var decision = Decision.Take(
            past.Lead, Posts("page_viewed"), new(Now, dearer), EngagementHistory.Of(past.Events));
        decision.Events.Select(e => e.GetType()).ShouldBe([typeof(EngagementRecorded), typeof(AutomationQualified)]);
        decision.Lead.Score.ModelId.ShouldBe("2-dearer");
    }
}
