using LeadScoring.Contracts;
using SampleCrm.Handoffs;

namespace LeadScoring.IntegrationTests.Demo;

public sealed class HandoffInboxTests
{
    private readonly HandoffInbox _inbox = new();
    private readonly DeskNews _jane = new();

    private DeskLead OnDesk => _inbox.OnDesk().ShouldHaveSingleItem();

    [Fact]
    public void A_handoff_lies_on_the_desk_with_its_story()
    {
        _inbox.Take(_jane.HandedOff(4)).ShouldBe(InboxAnswer.Taken);

        (OnDesk.Stage, OnDesk.Cycle, OnDesk.AcceptanceDueAt).ShouldBe((Stage.MarketingQualified, 1, DeskNews.Morning.AddHours(24)));
        OnDesk.Handoff.ShouldNotBeNull().Judgement.Contributions[0].Reason.ShouldBe("Demo requested, once: +60 points.");
    }

    [Fact]
    public void An_answer_moves_it_and_keeps_the_story()
    {
        TakeAll(_jane.HandedOff(1), _jane.Accepted(2), _jane.Opened(3));

        (OnDesk.Stage, OnDesk.Owner, OnDesk.Amount, OnDesk.Currency).ShouldBe((Stage.SalesQualified, "sam", 12_500m, "EUR"));
        OnDesk.Handoff.ShouldNotBeNull();
        OnDesk.AcceptanceDueAt.ShouldBeNull();
    }

    [Theory]
    [InlineData(IntegrationEventTypes.LeadSalesRejected)]
    [InlineData(IntegrationEventTypes.LeadRecycled)]
    [InlineData(IntegrationEventTypes.LeadDisqualified)]
    [InlineData(IntegrationEventTypes.LeadReinstated)]
    [InlineData(IntegrationEventTypes.OpportunityWon)]
    [InlineData(IntegrationEventTypes.OpportunityLost)]
    public void What_ends_it_takes_it_off_the_desk(string type)
    {
        TakeAll(_jane.HandedOff(1), _jane.Event(2, type, new { lead = _jane.Lead }));

        _inbox.OnDesk().ShouldBeEmpty();
    }

    [Fact]
    public void The_same_event_changes_nothing_the_second_time()
    {
        var handoff = _jane.HandedOff(1);
        TakeAll(handoff, _jane.Recycled(2));

        _inbox.Take(handoff).ShouldBe(InboxAnswer.Repeat);

        _inbox.OnDesk().ShouldBeEmpty();
    }

    [Fact]
    public void An_event_that_a_later_one_overtook_is_out_of_date()
    {
        var bob = new DeskNews("Bob");
        TakeAll(_jane.Accepted(7), bob.Recycled(9));

        _inbox.Take(_jane.HandedOff(5)).ShouldBe(InboxAnswer.Older);
        _inbox.Take(bob.HandedOff(8)).ShouldBe(InboxAnswer.Older);

        OnDesk.Stage.ShouldBe(Stage.SalesAccepted);
    }

    [Fact]
    public void Leads_do_not_overtake_each_other()
    {
        var bob = new DeskNews("Bob");

        TakeAll(_jane.HandedOff(9), bob.HandedOff(3));

        _inbox.OnDesk().Count.ShouldBe(2);
    }

    [Fact]
    public void A_reminder_marks_the_handoff_it_belongs_to_and_no_other()
    {
        TakeAll(_jane.HandedOff(1, cycle: 2), _jane.DueSoon(2, cycle: 1));
        OnDesk.Urgency.ShouldBe(AnswerUrgency.InTime);
        TakeAll(_jane.DueSoon(3, cycle: 2));
        OnDesk.Urgency.ShouldBe(AnswerUrgency.DueSoon);
        TakeAll(_jane.Overdue(4, cycle: 2));
        OnDesk.Urgency.ShouldBe(AnswerUrgency.Overdue);
        TakeAll(_jane.Accepted(5, cycle: 2));
        OnDesk.Urgency.ShouldBe(AnswerUrgency.InTime);
    }

    [Fact]
    public void Types_nobody_here_knows_pass()
    {
        _inbox.Take(_jane.Event(1, "leadscoring.lead.invented.v1", new { })).ShouldBe(InboxAnswer.Passed);
        _inbox.Take(_jane.Event(2, IntegrationEventTypes.SubscriptionTest, new { }) with { Sequence = null! }).ShouldBe(InboxAnswer.Passed);
    }

    [Fact]
    public void What_is_not_what_its_type_says_is_refused_and_leaves_no_trace()
    {
        var handoff = _jane.HandedOff(1);
        Should.Throw<UnreadableEvent>(() => _inbox.Take(handoff with { Sequence = "-1" }));
        Should.Throw<UnreadableEvent>(() => _inbox.Take(handoff with { Subject = "jane" }));
        Should.Throw<UnreadableEvent>(() => _inbox.Take(handoff with { Data = default }));
        Should.Throw<UnreadableEvent>(() => _inbox.Take(_jane.Event(1, handoff.Type, new { cycle = "one" }) with { Id = handoff.Id }));
        Should.Throw<UnreadableEvent>(() => _inbox.Take(_jane.Event(1, handoff.Type, new { cycle = 1 }) with { Id = handoff.Id }));

        _inbox.Take(handoff).ShouldBe(InboxAnswer.Taken);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"specversion":"0.3","type":"leadscoring.lead.recycled.v1","id":"0198c9a2-9a70-7e11-b0c4-8d1f5e6a7b11"}""")]
    [InlineData("""{"specversion":"1.0","type":"leadscoring.lead.recycled.v1","id":"12"}""")]
    public void Bytes_that_are_no_cloudevent_are_refused(string body) =>
        Should.Throw<UnreadableEvent>(() => DeskEvents.Read(System.Text.Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void A_full_desk_keeps_what_it_has_and_takes_the_rest_when_there_is_room()
    {
        var (inbox, bob) = (new HandoffInbox(onDeskMax: 1), new DeskNews("Bob"));
        inbox.Take(_jane.HandedOff(1)).ShouldBe(InboxAnswer.Taken);
        var waiting = bob.HandedOff(2);

        inbox.Take(waiting).ShouldBe(InboxAnswer.Full);
        inbox.Take(_jane.Recycled(3)).ShouldBe(InboxAnswer.Taken);

        inbox.Take(waiting).ShouldBe(InboxAnswer.Taken);
    }

    [Fact]
    public void What_comes_in_order_may_overfill_the_desk_for_only_what_follows_can_make_room()
    {
        var inbox = new HandoffInbox(onDeskMax: 1);
        foreach (var name in (string[])["Bob", "Cid", "Dee", "Eve", "Fay"])
        {
            inbox.Take(new DeskNews(name).HandedOff(1), isInOrder: true).ShouldBe(InboxAnswer.Taken);
        }

        inbox.OnDesk().Count.ShouldBe(HandoffInbox.OverfillMax);
        inbox.Take(_jane.HandedOff(2), isInOrder: true).ShouldBe(InboxAnswer.Full);
    }

    [Fact]
    public void What_the_history_held_is_a_repeat_even_when_its_lead_is_forgotten()
    {
        var inbox = new HandoffInbox(rememberedMax: 1);
        var handoff = _jane.HandedOff(1);
        foreach (var past in (CloudEvent[])[handoff, _jane.Recycled(2), new DeskNews("Bob").Recycled(3)]) inbox.Take(past);
        inbox.HasReadTo(3);

        inbox.Take(handoff).ShouldBe(InboxAnswer.Repeat);

        inbox.OnDesk().ShouldBeEmpty();
    }

    private void TakeAll(params ReadOnlySpan<CloudEvent> all)
    {
        foreach (var published in all) _inbox.Take(published).ShouldBe(InboxAnswer.Taken);
    }
}
