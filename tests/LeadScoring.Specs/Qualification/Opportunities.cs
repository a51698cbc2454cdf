using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;

namespace LeadScoring.Specs.Qualification;

public sealed class Opportunities
{
    public static TheoryData<LossReason> LossReasons => [.. Enum.GetValues<LossReason>()];

    [Fact]
    public void An_opportunity_is_opened_with_what_it_may_be_worth() =>
        Given(Captured, Qualified(), Accepted)
            .When(new OpenOpportunity("ann", 12_500.50m, "EUR", "three seats"))
            .Then(new OpportunityOpened(Cycle: 1, "ann", 12_500.50m, "EUR", "three seats", Now))
            .Lead.Opportunity.ShouldBe(new Opportunity(12_500.50m, "EUR", Now));

    [Fact]
    public void Opening_it_again_does_not_change_the_amount() =>
        Given(Captured, Qualified(), Accepted, Opened(100, "EUR"))
            .When(new OpenOpportunity("ann", 900, "USD")).ThenNothing()
            .Lead.Opportunity.ShouldBe(new Opportunity(100, "EUR", DaysAgo(8)));

    [Fact]
    public void A_won_opportunity_is_worth_what_it_was_opened_with_unless_said_otherwise()
    {
        var open = Given(Captured, Qualified(), Accepted, Opened(100, "EUR"));

        var asOpened = open.When(new WinOpportunity("ann")).Then(new OpportunityWon(1, "ann", null, null, null, Now));
        asOpened.Lead.Opportunity.ShouldBe(new Opportunity(100, "EUR", DaysAgo(8)));
        asOpened.Lead.Stage.ShouldBe(Stage.Customer);

        open.When(new WinOpportunity("ann", 130, "USD", "signed"))
            .Then(new OpportunityWon(1, "ann", 130, "USD", "signed", Now))
            .Lead.Opportunity.ShouldBe(new Opportunity(130, "USD", DaysAgo(8)));
    }

    [Theory, MemberData(nameof(LossReasons))]
    public void A_lost_opportunity_sends_the_lead_back_to_nurture(LossReason reason)
    {
        var lead = Given(Captured, Qualified(), Accepted, Opened(100, "EUR"))
            .When(new LoseOpportunity("ann", reason, "next year"))
            .Then(
                new OpportunityLost(Cycle: 1, "ann", reason, "next year", Now),
                new LeadRecycled(Cycle: 1, "ann", RecycleReason.OpportunityLost, "next year", Now.AddDays(30), Now))
            .Lead;

        (lead.Stage, lead.Cycle, lead.Opportunity).ShouldBe((Stage.Inquiry, 2, null));
    }

    [Fact]
    public void Sales_can_say_how_long_a_lost_lead_rests() =>
        Given(Captured, Qualified(), Accepted, Opened())
            .When(new LoseOpportunity("ann", LossReason.BadTiming, CoolDownUntil: Now.AddDays(180)))
            .Lead.CoolDownUntil.ShouldBe(Now.AddDays(180));

    [Fact]
    public void Disqualifying_closes_the_opportunity() =>
        Given(Captured, Qualified(), Accepted, Opened(100, "EUR"))
            .When(new DisqualifyLead("ann", DisqualificationReason.NoAuthority))
            .Lead.Opportunity.ShouldBeNull();
}
