using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Nurture;
using LeadScoring.Domain.Qualification;

namespace LeadScoring.Specs.Nurture;

public sealed class Cadence
{
    private static readonly NurtureCadence Ours = new(
        IsEnabled: true,
        [new(3, "email"), new(4, "call"), new(10, "email")],
        ["webinar_attended", "event_attended"],
        ["unsubscribed"],
        ["subscribed"]);

    private static NurtureStep First(DateTimeOffset startedAt) => new(1, 3, "email", startedAt.AddDays(3));

    private static NurtureStep Second(DateTimeOffset startedAt) => new(2, 4, "call", startedAt.AddDays(4));

    private static NurtureStep Third(DateTimeOffset startedAt) => new(3, 10, "email", startedAt.AddDays(10));

    private static Past Inquiry(params LeadEvent[] more) => Given([Captured, .. more]).By(Ours);

    /// <summary>Came to the webinar just now.</summary>
    private static Past Nurtured { get; } = Inquiry().When(Posts("webinar_attended")).Afterwards;

    [Fact]
    public void A_lead_enters_with_its_first_conversion() =>
        Inquiry(Engaged("page_viewed", daysAgo: 1) with { Product = "suite" })
            .When(Posts("webinar_attended"))
            .Then(Engaged("webinar_attended", id: "posted"), new NurtureStarted(Cycle: 1, "suite", Now, First(Now), Now));

    [Fact]
    public void Looking_at_a_page_is_no_conversion() => Inquiry().When(Posts("page_viewed")).ThenOnlyRecorded();

    [Fact]
    public void A_second_conversion_changes_nothing() =>
        Nurtured.At(Now.AddDays(1)).When(Posts("event_attended", daysAgo: -1, id: "again")).ThenOnlyRecorded();

    [Fact]
    public void Without_a_cadence_nobody_enters()
    {
        Given(Captured).When(Posts("webinar_attended")).ThenOnlyRecorded();
        Given(Captured).By(Ours with { IsEnabled = false }).When(Posts("webinar_attended")).ThenOnlyRecorded();
    }

    [Fact]
    public void Each_step_comes_when_it_is_due_and_plans_the_next() =>
        Nurtured
            .At(Now.AddDays(3).AddTicks(-1)).When(new RaiseDueTimers()).ThenNothing()
            .At(Now.AddDays(3)).When(new RaiseDueTimers())
            .Then(new NurtureStepDue(Cycle: 1, First(Now), Product: null, Now, Second(Now), Now.AddDays(3)))
            .At(Now.AddDays(3)).When(new RaiseDueTimers()).ThenNothing()
            .At(Now.AddDays(4)).When(new RaiseDueTimers())
            .Then(new NurtureStepDue(Cycle: 1, Second(Now), Product: null, Now, Third(Now), Now.AddDays(4)))
            .At(Now.AddDays(10)).When(new RaiseDueTimers())
            .Then(new NurtureStepDue(Cycle: 1, Third(Now), Product: null, Now, Next: null, Now.AddDays(10)))
            .At(Now.AddDays(999)).When(new RaiseDueTimers()).ThenNothing();

    [Fact]
    public void After_an_absence_of_the_service_the_missed_steps_come_in_order()
    {
        var late = Now.AddDays(5);
        Nurtured.At(late).When(new RaiseDueTimers()).Then(
            new NurtureStepDue(Cycle: 1, First(Now), Product: null, Now, Second(Now), late),
            new NurtureStepDue(Cycle: 1, Second(Now), Product: null, Now, Third(Now), late));
    }

    [Fact]
    public void A_conversion_that_is_told_late_skips_the_steps_already_past() =>
        Inquiry().When(Posts("webinar_attended", daysAgo: 3.5))
            .Then(
                Engaged("webinar_attended", daysAgo: 3.5, id: "posted"),
                new NurtureStarted(Cycle: 1, Product: null, DaysAgo(3.5), Second(DaysAgo(3.5)), Now));

    [Fact]
    public void A_conversion_older_than_the_last_step_starts_nothing() =>
        Inquiry().When(Posts("webinar_attended", daysAgo: 10)).ThenOnlyRecorded();

    [Fact]
    public void A_conversion_of_the_cycle_before_starts_nothing() =>
        Inquiry(Qualified(daysAgo: 4), Recycled(daysAgo: 1)).When(Posts("webinar_attended", daysAgo: 2)).ThenOnlyRecorded();

    [Fact]
    public void A_conversion_that_hands_the_lead_off_starts_nothing() =>
        Given(Captured).By(Ours with { EntryTypes = ["demo_requested"] }).When(Posts("demo_requested"))
            .ThenHandedOff(QualificationReason.FastTrack);

    public static TheoryData<ILeadCommand> Departures =>
    [
        Posts("demo_requested", daysAgo: -1, id: "demo"),
        new DisqualifyLead("ann", DisqualificationReason.NoNeed),
    ];

    [Theory, MemberData(nameof(Departures))]
    public void Who_advances_or_is_disqualified_leaves(ILeadCommand departure)
    {
        var left = Nurtured.At(Now.AddDays(1)).When(departure);

        left.Lead.Stage.ShouldNotBe(Stage.Inquiry);
        left.Lead.Nurture!.Next.ShouldBeNull();
        left.At(Now.AddDays(3)).When(new RaiseDueTimers()).Events.OfType<NurtureStepDue>().ShouldBeEmpty();
    }

    [Fact]
    public void Who_unsubscribes_leaves_and_stays_out()
    {
        var left = Nurtured.At(Now.AddDays(1)).When(Posts("unsubscribed", daysAgo: -1, id: "bye"))
            .Then(nameof(EngagementRecorded), nameof(NurtureEnded));

        left.At(Now.AddDays(3)).When(new RaiseDueTimers()).ThenNothing();
        left.At(Now.AddDays(2)).When(Posts("event_attended", daysAgo: -2, id: "fair")).ThenOnlyRecorded();
    }

    [Fact]
    public void Who_subscribes_again_enters_again()
    {
        var back = Now.AddDays(2);
        Nurtured.At(Now.AddDays(1)).When(Posts("unsubscribed", daysAgo: -1, id: "bye"))
            .At(back).When(Posts("subscribed", daysAgo: -2, id: "hello"))
            .Then(
                Engaged("subscribed", daysAgo: -2, id: "hello"),
                new NurtureResumed(Cycle: 1, back, back),
                new NurtureStarted(Cycle: 1, Product: null, back, First(back), back));
    }

    [Fact]
    public void What_a_person_said_last_counts_in_whichever_order_it_is_told()
    {
        var back = Nurtured.At(Now.AddDays(1)).When(Posts("unsubscribed", daysAgo: -1, id: "bye"))
            .At(Now.AddDays(4)).When(Posts("subscribed", daysAgo: -4, id: "hello"));

        back.When(Posts("unsubscribed", daysAgo: -3, id: "told late")).ThenOnlyRecorded();
        back.At(Now.AddDays(5)).When(Posts("unsubscribed", daysAgo: -5, id: "bye again"))
            .Then(nameof(EngagementRecorded), nameof(NurtureEnded));
    }

    [Fact]
    public void Who_subscribed_last_stays_though_an_earlier_goodbye_is_told_late()
    {
        var subscribed = Nurtured.At(Now.AddDays(2)).When(Posts("subscribed", daysAgo: -2, id: "hello"))
            .Then(nameof(EngagementRecorded), nameof(NurtureResumed));

        subscribed.When(Posts("unsubscribed", daysAgo: -1, id: "told late")).ThenOnlyRecorded();
    }

    [Fact]
    public void Who_unsubscribed_before_the_tenant_had_a_cadence_is_out_all_the_same() =>
        Inquiry(Engaged("unsubscribed", daysAgo: 90)).When(Posts("webinar_attended")).ThenOnlyRecorded();

    [Fact]
    public void A_recycled_lead_enters_anew() =>
        Inquiry(Engaged("page_viewed", daysAgo: 20) with { Product = "suite" }, Qualified(), Accepted)
            .When(new RecycleLead("ann", RecycleReason.BadTiming))
            .Then(
                new LeadRecycled(Cycle: 1, "ann", RecycleReason.BadTiming, Note: null, Now.AddDays(30), Now),
                new NurtureStarted(Cycle: 2, "suite", Now, First(Now), Now));

    [Fact]
    public void A_lead_that_unsubscribed_while_with_sales_does_not_enter_when_it_comes_back() =>
        Inquiry(Qualified()).When(Posts("unsubscribed"))
            .Then(nameof(EngagementRecorded), nameof(NurtureEnded))
            .When(new RecycleLead("ann", RecycleReason.BadTiming))
            .Then(nameof(LeadRecycled));

    [Fact]
    public void A_reinstated_lead_enters_with_its_next_conversion() =>
        Nurtured.At(Now.AddDays(1)).When(new DisqualifyLead("ann", DisqualificationReason.Other))
            .When(new ReinstateLead("ann"))
            .Then(nameof(LeadReinstated))
            .When(Posts("event_attended", daysAgo: -1, id: "fair"))
            .Then(nameof(EngagementRecorded), nameof(NurtureStarted));

    [Fact]
    public void A_changed_cadence_plans_what_follows_the_next_step()
    {
        var changed = Ours with { Steps = [new(2, "email"), new(5, "direct_mail")] };
        Nurtured.By(changed).At(Now.AddDays(3)).When(new RaiseDueTimers()).Then(new NurtureStepDue(
            Cycle: 1, First(Now), Product: null, Now, new(2, 5, "direct_mail", Now.AddDays(5)), Now.AddDays(3)));
    }

    [Fact]
    public void A_cadence_that_is_switched_off_sends_nothing_more() =>
        Nurtured.By(Ours with { IsEnabled = false }).At(Now.AddDays(3)).When(new RaiseDueTimers())
            .Then(new NurtureEnded(Cycle: 1, NurtureEndReason.CadenceOff, Now.AddDays(3), Now.AddDays(3)))
            .At(Now.AddDays(4)).When(new RaiseDueTimers()).ThenNothing();

    [Fact]
    public void A_step_speaks_to_the_product_the_lead_last_looked_at() =>
        Nurtured.At(Now.AddDays(1))
            .When(new Domain.Engagements.RecordEngagement(Engaged("page_viewed", daysAgo: -1) with { Product = "api" }, [], []))
            .At(Now.AddDays(3)).When(new RaiseDueTimers())
            .Events.OfType<NurtureStepDue>().Single().Product.ShouldBe("api");
}
