using LeadScoring.Contracts;
using SampleCrm;

namespace LeadScoring.IntegrationTests.Demo;

public sealed class DeskLeadTests
{
    private readonly Reception _reception = new("a test");
    private readonly DeskNews _jane = new();
    private readonly MemoryDesk _desk;

    public DeskLeadTests()
    {
        _desk = new(_reception);
        _desk.IsRebuilt = true;
    }

    [Fact]
    public async Task A_handoff_lies_on_the_desk_with_its_story()
    {
        _desk.Take(_jane.HandedOff(4));

        var lead = await OnDeskAsync();
        (lead.Stage, lead.Cycle, lead.Handoff?.AcceptanceDueAt).ShouldBe((Stage.MarketingQualified, 1, DeskNews.Morning.AddHours(24)));
        lead.Handoff.ShouldNotBeNull().Judgement.Contributions[0].Reason.ShouldBe("Demo requested, once: +60 points.");
    }

    [Fact]
    public async Task An_answer_moves_it_and_keeps_the_story()
    {
        TakeAll(_jane.HandedOff(1), _jane.Accepted(2), _jane.Opened(3));

        var lead = await OnDeskAsync();
        (lead.Stage, lead.Owner, lead.Amount, lead.Currency).ShouldBe((Stage.SalesQualified, "sam", 12_500m, "EUR"));
        lead.Handoff.ShouldNotBeNull();
    }

    [Theory]
    [InlineData(IntegrationEventTypes.LeadSalesRejected)]
    [InlineData(IntegrationEventTypes.LeadRecycled)]
    [InlineData(IntegrationEventTypes.LeadDisqualified)]
    [InlineData(IntegrationEventTypes.LeadReinstated)]
    [InlineData(IntegrationEventTypes.OpportunityWon)]
    [InlineData(IntegrationEventTypes.OpportunityLost)]
    public async Task What_ends_it_takes_it_off_the_desk_until_it_is_handed_over_again(string type)
    {
        TakeAll(_jane.HandedOff(1), _jane.Event(2, type, new { lead = _jane.Lead }));
        (await _desk.WithSalesAsync()).ShouldBeEmpty();

        _desk.Take(_jane.HandedOff(3, cycle: 2));

        (await OnDeskAsync()).Cycle.ShouldBe(2);
    }

    [Fact]
    public async Task What_comes_again_or_after_a_later_one_of_its_lead_changes_nothing()
    {
        var (handoff, bob) = (_jane.HandedOff(5), new DeskNews("Bob"));
        TakeAll(handoff, _jane.Accepted(7), bob.Recycled(9));

        TakeAll(handoff, _jane.HandedOff(6), bob.HandedOff(8));

        (await OnDeskAsync()).Stage.ShouldBe(Stage.SalesAccepted);
        (_reception.Taken, _reception.Repeats).ShouldBe((3, 3));
    }

    [Fact]
    public async Task Leads_do_not_overtake_each_other()
    {
        TakeAll(_jane.HandedOff(9), new DeskNews("Bob").HandedOff(3));

        (await _desk.WithSalesAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_reminder_marks_the_handoff_it_belongs_to_and_no_other()
    {
        TakeAll(_jane.HandedOff(1, cycle: 2), _jane.DueSoon(2, cycle: 1));
        (await OnDeskAsync()).Urgency.ShouldBe(AnswerUrgency.InTime);
        _desk.Take(_jane.DueSoon(3, cycle: 2));
        (await OnDeskAsync()).Urgency.ShouldBe(AnswerUrgency.DueSoon);
        _desk.Take(_jane.Overdue(4, cycle: 2));
        (await OnDeskAsync()).Urgency.ShouldBe(AnswerUrgency.Overdue);
        _desk.Take(_jane.Accepted(5, cycle: 2));
        (await OnDeskAsync()).Urgency.ShouldBe(AnswerUrgency.InTime);
    }

    [Fact]
    public void Types_nobody_here_knows_pass()
    {
        TakeAll(
            _jane.Event(1, "leadscoring.lead.invented.v1", new { }),
            _jane.Event(2, IntegrationEventTypes.SubscriptionTest, new { }) with { Sequence = null! });

        (_reception.Taken, _reception.Repeats).ShouldBe((0, 0));
    }

    [Fact]
    public void What_is_not_what_its_type_says_is_refused_and_leaves_no_trace()
    {
        var handoff = _jane.HandedOff(1);
        Should.Throw<UnreadableEvent>(() => _desk.Take(handoff with { Sequence = "-1" }));
        Should.Throw<UnreadableEvent>(() => _desk.Take(handoff with { Subject = "jane" }));
        Should.Throw<UnreadableEvent>(() => _desk.Take(handoff with { Data = default }));
        Should.Throw<UnreadableEvent>(() => _desk.Take(_jane.Event(1, handoff.Type, new { cycle = "one" })));
        Should.Throw<UnreadableEvent>(() => _desk.Take(_jane.Event(1, handoff.Type, new { cycle = 1 })));
        Should.Throw<UnreadableEvent>(() => _desk.Take(_jane.Event(1, handoff.Type, new { lead = _jane.Lead })));

        _desk.Take(handoff);

        _reception.Taken.ShouldBe(1);
    }

    [Fact]
    public void A_full_desk_takes_nobody_new()
    {
        var desk = new MemoryDesk(_reception, leadsMax: 1);
        desk.Take(_jane.HandedOff(1));

        Should.Throw<Refusal>(() => desk.Take(new DeskNews("Bob").HandedOff(2)));

        desk.Take(_jane.Recycled(3));
        _reception.Taken.ShouldBe(2);
    }

    [Fact]
    public async Task Nothing_is_shown_before_the_past_was_read()
    {
        var desk = new MemoryDesk(_reception);
        desk.Take(_jane.HandedOff(1));
        (await desk.WithSalesAsync()).ShouldBeEmpty();

        desk.IsRebuilt = true;

        (await desk.WithSalesAsync()).ShouldHaveSingleItem();
    }

    private async Task<DeskLead> OnDeskAsync() => (await _desk.WithSalesAsync()).ShouldHaveSingleItem();

    private void TakeAll(params ReadOnlySpan<CloudEvent> all)
    {
        foreach (var published in all) _desk.Take(published);
    }
}
