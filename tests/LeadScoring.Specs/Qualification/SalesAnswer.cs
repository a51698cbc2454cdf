using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;

namespace LeadScoring.Specs.Qualification;

public sealed class SalesAnswer
{
    public static TheoryData<RejectionReason> RejectionReasons => [.. Enum.GetValues<RejectionReason>()];

    public static TheoryData<RecycleReason> RecycleReasons => [.. Enum.GetValues<RecycleReason>()];

    public static TheoryData<DisqualificationReason> DisqualificationReasons => [.. Enum.GetValues<DisqualificationReason>()];

    [Fact]
    public void Who_accepts_owns_the_lead() =>
        Given(Captured, Qualified(score: 120))
            .When(new AcceptLead("ann"))
            .Then(new SalesAccepted(Cycle: 1, "ann", Owner: "ann", Now))
            .Lead.Owner.ShouldBe("ann");

    [Fact]
    public void A_lead_can_be_accepted_for_somebody_else() =>
        Given(Captured, Qualified(score: 120))
            .When(new AcceptLead("crm", Owner: "bob", Note: "west coast"))
            .Then(new SalesAccepted(Cycle: 1, "crm", Owner: "bob", Now, "west coast"))
            .Lead.Owner.ShouldBe("bob");

    [Fact]
    public void A_second_acceptance_does_not_take_the_lead_over() =>
        Given(Captured, Qualified(), Accepted).When(new AcceptLead("bob")).ThenNothing().Lead.Owner.ShouldBe("ann");

    [Theory, MemberData(nameof(RejectionReasons))]
    public void A_rejected_lead_is_recycled_and_the_reason_kept(RejectionReason reason) =>
        Given(Captured, Qualified())
            .When(new RejectLead("ann", reason, Note: "see CRM"))
            .Then(
                new SalesRejected(Cycle: 1, "ann", reason, "see CRM", Now),
                new LeadRecycled(Cycle: 1, "ann", RecycleReason.SalesRejected, "see CRM", Now.AddDays(30), Now));

    [Theory, MemberData(nameof(RejectionReasons))]
    public void A_rejected_lead_can_be_put_out_for_good(RejectionReason reason)
    {
        var outcome = Given(Captured, Qualified())
            .When(new RejectLead("ann", reason, RejectionOutcome.Disqualify))
            .Then(
                new SalesRejected(Cycle: 1, "ann", reason, Note: null, Now),
                new LeadDisqualified(Cycle: 1, "ann", DisqualificationReason.Other, reason, Note: null, Now));
        outcome.Lead.Stage.ShouldBe(Stage.Disqualified);
        outcome.Lead.DisqualifiedByRejection.ShouldBeTrue();
    }

    [Fact]
    public void Sales_can_say_how_long_a_rejected_lead_rests() =>
        Given(Captured, Qualified())
            .When(new RejectLead("ann", RejectionReason.Other, CoolDownUntil: Now.AddDays(7)))
            .Lead.CoolDownUntil.ShouldBe(Now.AddDays(7));

    [Theory, MemberData(nameof(RecycleReasons))]
    public void A_recycled_lead_starts_its_next_cycle(RecycleReason reason)
    {
        var lead = Given(Captured, Qualified(), Accepted)
            .When(new RecycleLead("ann", reason, "call in spring"))
            .Then(new LeadRecycled(Cycle: 1, "ann", reason, "call in spring", Now.AddDays(30), Now))
            .Lead;

        lead.Stage.ShouldBe(Stage.Inquiry);
        lead.StageSince.ShouldBe(Now);
        lead.Cycle.ShouldBe(2);
        lead.QualifiedThisCycle.ShouldBeFalse();
        lead.CountFrom.ShouldBe(Now);
        lead.CoolDownUntil.ShouldBe(Now.AddDays(30));
        lead.LastCycleEnd.ShouldBe(new CycleEnd(reason, Now));
    }

    [Fact]
    public void The_second_cycle_is_numbered_in_everything_that_follows() =>
        Given(Captured, Qualified(), Recycled(), Qualified(cycle: 2, daysAgo: 2))
            .When(new AcceptLead("ann")).Then(new SalesAccepted(Cycle: 2, "ann", "ann", Now))
            .When(new OpenOpportunity("ann")).Then(new OpportunityOpened(Cycle: 2, "ann", null, null, null, Now))
            .When(new LoseOpportunity("ann", LossReason.Price)).Then(
                new OpportunityLost(Cycle: 2, "ann", LossReason.Price, null, Now),
                new LeadRecycled(Cycle: 2, "ann", RecycleReason.OpportunityLost, null, Now.AddDays(30), Now))
            .Lead.Cycle.ShouldBe(3);

    [Theory, MemberData(nameof(DisqualificationReasons))]
    public void A_disqualified_lead_keeps_the_reason(DisqualificationReason reason)
    {
        var outcome = Given(Captured, Qualified(), Accepted)
            .When(new DisqualifyLead("ann", reason, "closed shop"))
            .Then(new LeadDisqualified(Cycle: 1, "ann", reason, Rejection: null, "closed shop", Now));
        outcome.Lead.DisqualifiedByRejection.ShouldBeFalse();
    }

    [Fact]
    public void A_second_reason_does_not_overwrite_the_first() =>
        Given(Captured, Disqualified).When(new DisqualifyLead("bob", DisqualificationReason.Unreachable)).ThenNothing();

    [Fact]
    public void Reinstating_a_lead_that_never_qualified_goes_on_with_its_cycle()
    {
        var lead = Given(Captured, Disqualified)
            .When(new ReinstateLead("ann", "wrong button"))
            .Then(new LeadReinstated(Cycle: 1, "ann", "wrong button", Now))
            .Lead;

        (lead.Stage, lead.Cycle, lead.CountFrom).ShouldBe((Stage.Inquiry, 1, null));
        lead.LastCycleEnd.ShouldBe(new CycleEnd(Reason: null, Now));
    }

    [Fact]
    public void Reinstating_a_lead_that_had_qualified_begins_the_next_cycle()
    {
        var lead = Given(Captured, Qualified(), Accepted, Disqualified)
            .When(new ReinstateLead("ann"))
            .Then(new LeadReinstated(Cycle: 2, "ann", Note: null, Now))
            .Lead;

        (lead.Stage, lead.Cycle, lead.CountFrom).ShouldBe((Stage.Inquiry, 2, Now));
    }

    [Fact]
    public void Reinstating_a_lead_that_had_qualified_again_ends_an_old_cool_down() =>
        Given(Captured, Qualified(daysAgo: 40), Recycled(daysAgo: 30), Qualified(cycle: 2), Disqualified)
            .When(new ReinstateLead("ann"))
            .Then(new LeadReinstated(Cycle: 3, "ann", Note: null, Now))
            .Lead.CoolDownUntil.ShouldBeNull();

    [Fact]
    public void Reinstating_a_lead_that_was_put_out_while_resting_lets_it_rest_on() =>
        Given(Captured, Qualified(), Recycled(coolDownDays: 40), Disqualified)
            .When(new ReinstateLead("ann"))
            .Then(new LeadReinstated(Cycle: 2, "ann", Note: null, Now))
            .Lead.CoolDownUntil.ShouldBe(DaysAgo(-30));
}
