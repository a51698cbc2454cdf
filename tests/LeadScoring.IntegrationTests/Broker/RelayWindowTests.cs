using LeadScoring.Host.Broker;
using LeadScoring.Host.Feed;

namespace LeadScoring.IntegrationTests.Broker;

/// <summary>Which event may be sent next, without a broker.</summary>
public sealed class RelayWindowTests
{
    private const int EntriesMax = 10;
    private const string Qualified = "qualified";
    private const string Accepted = "accepted";
    private static readonly Guid Ann = Guid.NewGuid();
    private static readonly Guid Bob = Guid.NewGuid();
    private static readonly TimeSpan DelayMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Start = TimeSpan.Zero;
    private static readonly TimeSpan Later = TimeSpan.FromMinutes(1);

    private readonly RelayWindow _window = new(confirmedUpTo: 0, EntriesMax, DelayMax);

    [Fact]
    public void A_lead_has_one_event_out_at_a_time_and_leads_do_not_wait_for_each_other()
    {
        _window.Add([Event(1, Ann), Event(2, Ann), Event(3, Bob)]);

        var first = _window.TakeNext(Start).ShouldNotBeNull();
        _window.TakeNext(Start).ShouldNotBeNull().LogSequence.ShouldBe(3);
        _window.TakeNext(Start).ShouldBeNull();

        _window.Confirm(first);
        _window.TakeNext(Start).ShouldNotBeNull().LogSequence.ShouldBe(2);
    }

    [Fact]
    public void One_lead_id_of_two_tenants_is_two_leads()
    {
        _window.Add([Event(1, Ann), Event(2, Ann, tenant: "other")]);

        _window.TakeNext(Start).ShouldNotBeNull().LogSequence.ShouldBe(1);
        _window.TakeNext(Start).ShouldNotBeNull().LogSequence.ShouldBe(2);
    }

    [Fact]
    public void The_position_moves_over_what_is_confirmed_without_a_gap()
    {
        _window.Add([Event(5, Ann), Event(7, Bob), Event(9, Guid.NewGuid())]);
        var (first, second, third) = (_window.TakeNext(Start)!, _window.TakeNext(Start)!, _window.TakeNext(Start)!);

        _window.Confirm(second);
        (_window.ConfirmedUpTo, _window.Room).ShouldBe((0, EntriesMax - 3));
        _window.Confirm(first);
        (_window.ConfirmedUpTo, _window.Room).ShouldBe((7, EntriesMax - 1));
        _window.Confirm(third);
        (_window.ConfirmedUpTo, _window.ReadUpTo, _window.Room).ShouldBe((9, 9, EntriesMax));
    }

    [Fact]
    public void An_event_given_back_is_not_overtaken_by_the_next_of_its_lead()
    {
        _window.Add([Event(1, Ann, Qualified), Event(2, Ann, Accepted)]);
        var first = _window.TakeNext(Start)!;

        _window.Refuse(first, Start);

        _window.TakeNext(Start).ShouldBeNull();
        _window.HeldType.ShouldBe(Qualified);
        _window.NextTryAt().ShouldNotBeNull().ShouldBeInRange(Backoff.First / 2, Backoff.First);
        _window.TakeNext(Later).ShouldBe(first);
        _window.TakeNext(Later).ShouldBeNull();
        _window.Confirm(first);
        _window.HeldType.ShouldBeNull();
        _window.TakeNext(Later).ShouldNotBeNull().LogSequence.ShouldBe(2);
    }

    [Fact]
    public void One_event_of_a_held_type_tries_and_the_others_follow_when_it_is_taken()
    {
        _window.Add([Event(1, Ann), Event(2, Bob), Event(3, Guid.NewGuid()), Event(4, Guid.NewGuid(), Accepted)]);
        var (first, second) = (_window.TakeNext(Start)!, _window.TakeNext(Start)!);
        _window.Refuse(second, Start);
        _window.Refuse(first, Start);

        _window.TakeNext(Start).ShouldNotBeNull().LogSequence.ShouldBe(4, "another type is not held");
        _window.TakeNext(Start).ShouldBeNull();
        _window.TakeNext(Later).ShouldBe(first);
        _window.TakeNext(Later).ShouldBeNull("one probe is enough");
        _window.Confirm(first);
        _window.TakeNext(Later).ShouldBe(second);
        _window.TakeNext(Later).ShouldNotBeNull().LogSequence.ShouldBe(3);
    }

    [Fact]
    public void Pauses_between_attempts_grow_to_their_bound()
    {
        _window.Add([Event(1, Ann)]);
        var now = Start;
        for (var attempt = 1; attempt < 12; attempt++)
        {
            _window.Refuse(_window.TakeNext(now)!, now);
            var pause = _window.NextTryAt()!.Value - now;
            var full = Math.Min(Backoff.First.TotalSeconds * Math.Pow(2, attempt - 1), DelayMax.TotalSeconds);
            pause.TotalSeconds.ShouldBeInRange(full / 2, full);
            now += pause;
        }

        _window.HeldType.ShouldBe(Qualified);
    }

    [Fact]
    public void After_a_lost_connection_the_unanswered_are_sent_again_in_order_and_the_confirmed_are_not()
    {
        _window.Add([Event(1, Ann), Event(2, Bob), Event(3, Guid.NewGuid()), Event(4, Ann)]);
        var (first, second, third) = (_window.TakeNext(Start)!, _window.TakeNext(Start)!, _window.TakeNext(Start)!);
        _window.Confirm(second);
        _window.Refuse(third, Start);

        _window.PutBack([first]);

        _window.TakeNext(Start).ShouldBe(first);
        _window.TakeNext(Start).ShouldBe(third, "a new connection is tried at once");
        _window.TakeNext(Start).ShouldBeNull();
    }

    [Fact]
    public void Types_that_are_not_wanted_are_passed_over()
    {
        var window = new RelayWindow(confirmedUpTo: 0, EntriesMax, DelayMax, new HashSet<string> { Accepted });
        window.Add([Event(1, Ann), Event(2, Ann, Accepted), Event(3, Ann)]);

        window.ConfirmedUpTo.ShouldBe(1);
        window.Confirm(window.TakeNext(Start)!);
        (window.ConfirmedUpTo, window.Room).ShouldBe((3, EntriesMax));
        window.TakeNext(Start).ShouldBeNull();
    }

    [Fact]
    public void It_goes_on_after_a_loss_of_leadership_unless_another_went_further()
    {
        _window.Add([Event(1, Ann), Event(2, Bob)]);
        _window.Confirm(_window.TakeNext(Start)!);

        _window.CanGoOnFrom(stored: 0, savedUpTo: 0).ShouldBeTrue();
        _window.CanGoOnFrom(stored: 1, savedUpTo: 0).ShouldBeTrue("stored, though the answer was lost");
        _window.CanGoOnFrom(stored: 2, savedUpTo: 0).ShouldBeFalse();
    }

    private static FeedEntry Event(long sequence, Guid lead, string type = Qualified, string tenant = "acme") => new()
    {
        TenantId = tenant, Position = sequence, LogSequence = sequence, EventId = Guid.NewGuid(), Type = type, Subject = lead, At = DateTimeOffset.UnixEpoch, Body = [1],
    };
}
