using LeadScoring.Contracts;
using SampleCrm.Api;

namespace SampleCrm.Handoffs;

/// <summary>Reads the feed from the beginning and, as a source of its own, follows it: one number remembers everything.</summary>
public sealed class FeedHandoffs(LeadScoringApi api, HandoffReception reception) : IHandoffSource
{
    /// <summary>How long the service may keep a request open when nothing happens; less than a request may take.</summary>
    private const int WaitSeconds = 20;

    private static readonly TimeSpan AwayPause = TimeSpan.FromSeconds(1);

    private readonly HandoffInbox _inbox = reception.Inbox;

    public async Task RunAsync(CancellationToken stop)
    {
        reception.ComesFrom($"feed of {api.Url}");
        await CatchUpAsync(stop);
        while (!stop.IsCancellationRequested)
        {
            var page = await ReadAsync(WaitSeconds, stop);
            reception.Say("following");
            foreach (var published in page.Events) HandIn(published, reception.TakeInOrder);
            _inbox.HasReadTo(page.NextAfter);
        }
    }

    /// <summary>Hands in everything after what was read before, up to the feed's end. Other sources begin with this.</summary>
    /// <returns>The position reached: nothing up to it was missed.</returns>
    public async Task<long> CatchUpAsync(CancellationToken stop)
    {
        reception.Say("reading the past from the feed");
        while (true)
        {
            var page = await ReadAsync(waitSeconds: 0, stop);
            foreach (var published in page.Events) HandIn(published, TakeOfPast);

            _inbox.HasReadTo(page.NextAfter);
            if (page.NextAfter < page.Head) continue;
            _inbox.HasRebuilt();
            return page.NextAfter;
        }
    }

    /// <summary>What cannot be read would be as unreadable the next time: it is counted and left.</summary>
    private void HandIn(CloudEvent published, Action<CloudEvent> take)
    {
        try
        {
            take(published);
        }
        catch (UnreadableEvent)
        {
            reception.Refuse();
        }
    }

    /// <summary>It happened before the source began, and is not counted as coming from it.</summary>
    private void TakeOfPast(CloudEvent published)
    {
        if (_inbox.Take(published, isInOrder: true) == InboxAnswer.Full) throw new DeskOverflow();
    }

    /// <summary>Asks until there is an answer.</summary>
    private async Task<FeedPageView> ReadAsync(int waitSeconds, CancellationToken stop)
    {
        while (true)
        {
            var answer = await api.FeedAsync(Math.Max(0, _inbox.History), DeskEvents.Types, waitSeconds, stop);
            if (!answer.WorthRepeating) return answer.OrThrow();
            reception.Say("the service does not answer: asking again");
            await Task.Delay(AwayPause, stop);
        }
    }
}
