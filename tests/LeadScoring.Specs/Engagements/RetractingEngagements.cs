using LeadScoring.Domain.Engagements;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Nurture;
using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;
using LeadScoring.Specs.Scoring;

namespace LeadScoring.Specs.Engagements;

/// <summary>Engagements that were none, and those that are genuine after all.</summary>
public sealed class RetractingEngagements
{
    private static readonly Guid RetractionId = new("0198c9a2-b1c2-7d33-8e44-5f6a7b8c9d01");

    [Fact]
    public void The_score_falls_as_if_it_had_never_been() =>
        Given(Captured, Engaged("webinar_attended", 1), Engaged("page_viewed")).When(Retract("webinar_attended-1"))
            .Then(Retracted("webinar_attended", 1))
            .Lead.ShouldSatisfyAllConditions(
                lead => lead.Score.At(Now, Model).ShouldBe(1),
                lead => lead.Engagements.Count.ShouldBe(1),
                lead => lead.Engagements.CountByType.Keys.ShouldBe(["page_viewed"]));

    [Fact]
    public void What_is_retracted_already_or_never_was_is_passed_over() =>
        Given(Captured, Engaged("page_viewed", 1), Retracted("page_viewed", 1)).When(Retract("page_viewed-1", "never posted")).ThenNothing();

    [Fact]
    public void The_same_retraction_does_not_take_back_what_was_restored_since() =>
        Given(Captured, Engaged("page_viewed", 1), Retracted("page_viewed", 1), Restored("page_viewed", 1))
            .When(Retract("page_viewed-1")).ThenNothing()
            .When(new RetractEngagements(Names("page_viewed-1"), "bot", "mia", Guid.NewGuid())).Then(nameof(EngagementRetracted));

    [Fact]
    public void A_lead_already_handed_off_stays_and_sales_is_told_what_it_would_have_been_told_without() =>
        Given(Captured, Engaged("webinar_attended", 10), Engaged("page_viewed", 10), Qualified(score: 26, daysAgo: 10), Accepted, Engaged("page_viewed", 1))
            .When(Retract("webinar_attended-10", "page_viewed-1"))
            .Then(
                Retracted("webinar_attended", 10),
                Retracted("page_viewed", 1),
                new EvidenceRetracted(1, 1, ScoreAtHandoff: 26, Score: 1, "bot", "mia", RetractionId, Now))
            .Lead.Stage.ShouldBe(Stage.SalesAccepted);

    [Fact]
    public void A_retraction_in_several_commands_tells_sales_once_of_all_and_so_does_one_begun_again()
    {
        var begun = Given(Captured, Engaged("webinar_attended", 10), Engaged("page_viewed", 10), Qualified(score: 26, daysAgo: 10))
            .When(Retract("webinar_attended-10") with { IsLast = false }).Then(Retracted("webinar_attended", 10));
        var told = new EvidenceRetracted(1, 2, ScoreAtHandoff: 26, Score: 0, "bot", "mia", RetractionId, Now);

        begun.When(Retract("page_viewed-10")).Then(Retracted("page_viewed", 10), told)
            .When(Retract("webinar_attended-10") with { IsLast = false }).ThenNothing()
            .When(Retract("page_viewed-10")).ThenNothing();
        begun.When(Retract("page_viewed-10") with { IsLast = false }).Then(Retracted("page_viewed", 10))
            .When(Retract("page_viewed-10")).Then(told);
    }

    [Fact]
    public void What_was_retracted_before_the_handoff_sales_was_not_handed() =>
        Given(Captured, Engaged("page_viewed", 10), Retracted("page_viewed", 10) with { At = DaysAgo(6) }, Qualified(daysAgo: 5))
            .When(Retract("page_viewed-10")).ThenNothing();

    [Fact]
    public void Sales_is_not_told_of_what_came_after_the_handoff_nor_once_it_is_done_with_the_lead()
    {
        Given(Captured, Qualified(), Engaged("page_viewed", 1)).When(Retract("page_viewed-1")).Then(nameof(EngagementRetracted));
        Given(Captured, Engaged("page_viewed", 20), Qualified(), Accepted, Opened(), Won).When(Retract("page_viewed-20")).Then(nameof(EngagementRetracted));
        Given(Captured, Engaged("page_viewed", 20), Qualified(), Recycled(daysAgo: 5)).When(Retract("page_viewed-20")).Then(nameof(EngagementRetracted));
    }

    [Fact]
    public void A_retracted_demo_request_puts_nobody_on_the_fast_track() =>
        Given(Captured, Engaged("demo_requested", 2), Retracted("demo_requested", 2)).Lead.FastTrackedAt.ShouldBeNull();

    [Fact]
    public void A_retracted_bounce_lets_a_lead_cross()
    {
        var model = TestModel.Of(TestModel.Rule("visited", 100), TestModel.Rule("bounced", -50));
        Given(Captured, Engaged("bounced", 1), Engaged("visited")).Under(model).When(Retract("bounced-1"))
            .Then(nameof(EngagementRetracted), nameof(AutomationQualified));
    }

    [Fact]
    public void The_product_it_is_nurtured_for_is_the_latest_that_is_left()
    {
        var cadence = new NurtureCadence(IsEnabled: true, [new(1, "email"), new(30, "call")], ["content_downloaded"], [], []);
        Given(Captured, Engaged("content_downloaded", 0) with { Product = "suite" }).By(cadence)
            .When(new RecordEngagement(Engaged("page_viewed", 0, "wrong") with { Product = "lite" }, [], []))
            .When(Retract("wrong"))
            .Lead.Engagements.LatestProduct.ShouldBe(new ProductInterest("suite", Now));
    }

    [Fact]
    public void A_restored_engagement_counts_and_a_suspected_one_is_vouched_for()
    {
        var model = TestModel.Of(TestModel.Rule("clicked", 3)) with { ClickBurst = new(["clicked"], 2, TimeSpan.FromSeconds(5), null, TimeSpan.Zero) };
        var past = Given(Captured, Engaged("clicked", 1, "a"), Engaged("clicked", 1, "b"), Engaged("clicked", 4, "c")).Under(model);
        past.Lead.Score.At(Now, model).ShouldBe(3);

        past.When(Restore("a")).Then(nameof(EngagementRestored)).Lead.Score.At(Now, model).ShouldBe(6);
        past.When(Restore("a")).When(Restore("a")).ThenNothing();
        past.When(Retract("a")).Lead.Score.At(Now, model).ShouldBe(6, "with it gone there is no burst");
    }

    [Fact]
    public void Undoing_a_retraction_leaves_what_another_one_took_away()
    {
        var past = Given(Captured, Engaged("page_viewed", 1, "a"), Engaged("page_viewed", 2, "b"))
            .When(Retract("a")).When(new RetractEngagements(Names("b"), "import", "mia", Guid.NewGuid()));
        past.When(new RestoreEngagements(Names("a", "b"), "no bot", "mia", Guid.NewGuid(), OnlyOf: RetractionId))
            .Events.OfType<EngagementRestored>().Select(e => e.Id).ShouldBe(["a"]);
    }

    private static RetractEngagements Retract(params string[] ids) => new(Names(ids), "bot", "mia", RetractionId);

    private static RestoreEngagements Restore(params string[] ids) => new(Names(ids), "no bot", "mia", Guid.NewGuid());

    private static HashSet<EngagementName> Names(params string[] ids) => [.. ids.Select(id => new EngagementName("web", id))];

    private static EngagementRetracted Retracted(string type, double daysAgo) =>
        new("web", $"{type}-{daysAgo}", type, DaysAgo(daysAgo), "bot", "mia", RetractionId, Now);

    private static EngagementRestored Restored(string type, double daysAgo) =>
        new("web", $"{type}-{daysAgo}", type, DaysAgo(daysAgo), "no bot", "mia", Guid.NewGuid(), Now);
}
