using LeadScoring.Domain.Qualification;
using LeadScoring.Host.Events;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Writing;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Writing;

/// <summary>Who is written when: in order, together, and never one lead in two commits at once.</summary>
public sealed class SubmissionQueueTests
{
    private readonly SetTimestamp _clock = new();

    [Fact]
    public async Task What_waits_is_handed_out_together_in_the_order_it_arrived()
    {
        var queue = Queue();
        var posted = Enumerable.Range(0, 5).Select(i => Post($"p{i}", $"p{i}@example.com")).ToArray();
        foreach (var submission in posted) queue.TryAdd([submission]).ShouldBeTrue();

        (await queue.TakeAsync()).ShouldBe(posted);
        queue.Count.ShouldBe(5, "they count until they are over");
    }

    [Fact]
    public async Task A_batch_holds_no_more_than_its_bound_and_the_rest_comes_next()
    {
        var queue = Queue(new() { BatchMax = 3 });
        var posted = Enumerable.Range(0, 5).Select(i => Post($"p{i}", $"p{i}@example.com")).ToArray();
        queue.TryAdd(posted);

        var first = (await queue.TakeAsync())!;
        queue.Release(first);
        var second = (await queue.TakeAsync())!;

        first.ShouldBe(posted[..3]);
        second.ShouldBe(posted[3..]);
    }

    [Fact]
    public async Task Few_that_arrive_during_a_commit_wait_for_its_end_and_share_the_next()
    {
        var queue = Queue();
        queue.TryAdd([Post("first", "first@example.com")]);
        var first = (await queue.TakeAsync())!;

        queue.TryAdd([Post("second", "second@example.com")]);
        var next = queue.TakeAsync().AsTask();
        next.IsCompleted.ShouldBeFalse();
        queue.TryAdd([Post("third", "third@example.com")]);
        queue.Release(first);

        (await next)!.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Many_that_arrive_during_a_commit_are_written_beside_it_but_for_its_leads_and_what_is_tied_to_them()
    {
        var queue = Queue();
        queue.TryAdd([Post("busy", "busy@example.com")]);
        var first = (await queue.TakeAsync())!;

        var sameLead = Post("same", "busy@example.com", anonymousId: "cookie");
        var behindIt = Post("behind", email: null, anonymousId: "cookie");
        Submission[] others = [.. Enumerable.Range(0, 200).Select(i => Post($"o{i}", $"o{i}@example.com"))];
        queue.TryAdd([sameLead, .. others, behindIt]);
        var second = (await queue.TakeAsync())!;
        second.ShouldBe(others);

        queue.Release(second);
        var third = queue.TakeAsync().AsTask();
        third.IsCompleted.ShouldBeFalse("few are waiting, and their lead is busy");
        queue.Release(first);
        (await third).ShouldBe([sameLead, behindIt]);
    }

    [Fact]
    public async Task A_lead_that_everybody_wants_is_written_by_one_at_a_time()
    {
        var lead = Guid.CreateVersion7();
        var queue = Queue();
        queue.TryAdd([Command(lead)]);
        var first = (await queue.TakeAsync())!;
        queue.TryAdd([.. Enumerable.Range(0, 150).Select(_ => Command(lead))]);

        var next = queue.TakeAsync().AsTask();
        next.IsCompleted.ShouldBeFalse();
        queue.TryAdd([Command(lead)]);
        next.IsCompleted.ShouldBeFalse();
        queue.Release(first);

        (await next)!.Count.ShouldBe(151);
    }

    [Fact]
    public void All_of_a_request_are_taken_or_none()
    {
        var queue = Queue(new() { QueueMax = 3 });
        queue.TryAdd([Post("a", "a@example.com"), Post("b", "b@example.com")]).ShouldBeTrue();

        queue.TryAdd([Post("c", "c@example.com"), Post("d", "d@example.com")]).ShouldBeFalse();
        queue.Count.ShouldBe(2);
        queue.TryAdd([Post("c", "c@example.com")]).ShouldBeTrue();
    }

    [Fact]
    public async Task A_complete_queue_takes_no_more_hands_out_what_waits_and_ends()
    {
        var queue = Queue();
        queue.TryAdd([Post("a", "a@example.com")]);
        queue.Complete();

        queue.TryAdd([Post("b", "b@example.com")]).ShouldBeFalse();
        queue.Release((await queue.TakeAsync())!);
        (await queue.TakeAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Whoever_waits_too_long_is_told_whether_queued_or_being_written()
    {
        var queue = Queue(new() { AnswerWithinMs = 1_000, BatchMax = 1 });
        var written = Post("written", "a@example.com");
        var queued = Post("queued", "b@example.com");
        queue.TryAdd([written, queued]);
        await queue.TakeAsync();

        queue.AnswerOverdue(LeadOutcome.Refused(Refusal.StoreUnavailable));
        written.IsOver.ShouldBeFalse();
        _clock.Advance(TimeSpan.FromSeconds(2));
        queue.AnswerOverdue(LeadOutcome.Refused(Refusal.StoreUnavailable));

        written.Outcome!.Refusal.ShouldBe(Refusal.StoreUnavailable);
        queued.Outcome!.Refusal.ShouldBe(Refusal.StoreUnavailable);
    }

    private SubmissionQueue Queue(WriterOptions? options = null) => new(options ?? new(), _clock);

    private EngagementSubmission Post(string id, string? email, string? anonymousId = null)
    {
        var posted = WriterHarness.Engagement(id, email, anonymousId);
        var fact = new NewEvent(Guid.CreateVersion7(), "engagement_recorded", "none", "{}"u8.ToArray(), EventMetadata.None, posted.Fact);
        return new(new(submissions: 1, _clock.GetTimestamp(), new AnswerLine()), WriterHarness.Tenant, fact, posted);
    }

    private CommandSubmission Command(Guid lead) => new(
        new(submissions: 1, _clock.GetTimestamp(), new AnswerLine()),
        WriterHarness.Tenant,
        Guid.CreateVersion7(),
        EventMetadata.None,
        lead,
        new AcceptLead("ann"),
        expectedVersion: null);
}
