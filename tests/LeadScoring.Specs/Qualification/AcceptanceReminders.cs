using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;

namespace LeadScoring.Specs.Qualification;

public sealed class AcceptanceReminders
{
    private const string Boss = "sales-lead@example.com";

    /// <summary>Handed off just now: to be answered in 24 hours, with a reminder after 18.</summary>
    private static Past HandedOff { get; } = Given(Captured, AwaitingReview())
        .By(AcceptanceTerms.AroundTheClock with { EscalateTo = Boss })
        .When(new QualifyLead("mia"))
        .Afterwards;

    private static DateTimeOffset DueSoonAt => Now.AddHours(18);

    private static DateTimeOffset DueAt => Now.AddHours(24);

    [Fact]
    public void Sales_is_reminded_when_a_quarter_of_its_time_is_left() =>
        HandedOff.At(DueSoonAt).When(new RaiseDueTimers()).Then(new AcceptanceDueSoon(Cycle: 1, DueAt, Boss, DueSoonAt));

    [Fact]
    public void Nobody_is_reminded_a_moment_before() => HandedOff.At(DueSoonAt.AddTicks(-1)).When(new RaiseDueTimers()).ThenNothing();

    [Fact]
    public void Each_reminder_comes_once() =>
        HandedOff
            .At(DueSoonAt).When(new RaiseDueTimers()).Then(nameof(AcceptanceDueSoon))
            .At(DueSoonAt).When(new RaiseDueTimers()).ThenNothing()
            .At(DueAt).When(new RaiseDueTimers()).Then(new AcceptanceOverdue(Cycle: 1, DueAt, Boss, DueAt))
            .At(DueAt.AddDays(100)).When(new RaiseDueTimers()).ThenNothing();

    [Fact]
    public void A_lead_says_when_its_next_reminder_is_due()
    {
        RaiseDueTimers.NextAt(HandedOff.Lead).ShouldBe(DueSoonAt);
        var reminded = HandedOff.At(DueSoonAt).When(new RaiseDueTimers());
        RaiseDueTimers.NextAt(reminded.Lead).ShouldBe(DueAt);
        RaiseDueTimers.NextAt(reminded.At(DueAt).When(new RaiseDueTimers()).Lead).ShouldBeNull();
    }

    [Fact]
    public void When_both_times_passed_unnoticed_only_the_breach_is_raised() =>
        HandedOff.At(DueAt.AddHours(5)).When(new RaiseDueTimers())
            .Then(new AcceptanceOverdue(Cycle: 1, DueAt, Boss, DueAt.AddHours(5)))
            .When(new RaiseDueTimers()).ThenNothing();

    public static TheoryData<ILeadCommand> Answers =>
    [
        new AcceptLead("ann"),
        new RejectLead("ann", RejectionReason.WrongPersona),
        new RejectLead("ann", RejectionReason.Competitor, RejectionOutcome.Disqualify),
        new RecycleLead("ann", RecycleReason.BadTiming),
        new DisqualifyLead("ann", DisqualificationReason.NoNeed),
    ];

    [Theory, MemberData(nameof(Answers))]
    public void Any_answer_stops_the_clock_and_its_speed_is_kept(ILeadCommand answer)
    {
        var answered = HandedOff.At(Now.AddHours(2)).When(answer);

        answered.Lead.Handoff!.AnsweredAt.ShouldBe(Now.AddHours(2));
        RaiseDueTimers.NextAt(answered.Lead).ShouldBeNull();
        answered.At(DueAt).When(new RaiseDueTimers()).ThenNothing();
    }

    [Fact]
    public void What_happens_after_the_answer_does_not_change_its_speed() =>
        HandedOff.At(Now.AddHours(2)).When(new AcceptLead("ann"))
            .At(Now.AddDays(3)).When(new OpenOpportunity("ann"))
            .At(Now.AddDays(9)).When(new WinOpportunity("ann"))
            .Lead.Handoff!.AnsweredAt.ShouldBe(Now.AddHours(2));

    [Fact]
    public void An_engagement_is_no_answer() =>
        HandedOff.At(Now.AddHours(2)).When(Posts("page_viewed", daysAgo: -1.0 / 12))
            .At(DueAt).When(new RaiseDueTimers()).Then(nameof(AcceptanceOverdue));

    [Fact]
    public void A_handoff_of_the_next_cycle_has_a_clock_of_its_own()
    {
        var second = HandedOff.At(DueAt).When(new RaiseDueTimers())
            .When(new RecycleLead("ann", RecycleReason.NotReady, CoolDownUntil: DueAt)).Afterwards
            .And(AwaitingReview(cycle: 2, daysAgo: -2)).At(DaysAgo(-3)).When(new QualifyLead("mia"));

        second.Lead.Handoff!.OverdueRaised.ShouldBeFalse();
        second.Lead.Handoff!.AnsweredAt.ShouldBeNull();
        RaiseDueTimers.NextAt(second.Lead).ShouldBe(DaysAgo(-3).AddHours(18));
    }

    [Fact]
    public void A_handoff_made_before_there_were_reminders_is_still_held_to_its_time() =>
        Given(Captured, Qualified(daysAgo: 2)).When(new RaiseDueTimers())
            .Then(new AcceptanceOverdue(Cycle: 1, DaysAgo(1), EscalateTo: null, Now));

    [Fact]
    public void A_tenant_says_how_long_before_the_reminder_comes() =>
        Given(Captured, AwaitingReview()).By(AcceptanceTerms.AroundTheClock with { DueSoonBefore = TimeSpan.FromHours(1) })
            .When(new QualifyLead("mia")).Lead.Handoff!.AcceptanceDueSoonAt.ShouldBe(Now.AddHours(23));

    [Fact]
    public void A_reminder_that_would_come_with_the_handoff_is_left_out() =>
        Given(Captured, AwaitingReview()).By(AcceptanceTerms.AroundTheClock with { DueSoonBefore = TimeSpan.FromHours(24) })
            .When(new QualifyLead("mia")).Lead.Handoff!.AcceptanceDueSoonAt.ShouldBeNull();

    [Fact]
    public void Reminding_qualifies_nobody_however_high_the_score_by_then() =>
        Given([Captured, Recycled(daysAgo: 40, coolDownDays: 35), .. Times(8, "contact_form_submitted", daysAgo: 39)])
            .By(new Domain.Nurture.NurtureCadence(IsEnabled: true, [new(60, "email")], [], [], []))
            .And(new NurtureStarted(2, null, DaysAgo(40), new(1, 40, "email", Now), DaysAgo(40)))
            .When(new RaiseDueTimers()).Then(nameof(NurtureStepDue));
}
