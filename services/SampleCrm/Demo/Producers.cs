using System.Runtime.CompilerServices;
using LeadScoring.Contracts;
using SampleCrm.Api;

namespace SampleCrm.Demo;

/// <summary>
/// The systems that post what prospects do, and the data provider that adds attributes once somebody is known. A post the
/// service does not answer is repeated until it does: its id makes that safe.
/// </summary>
public sealed class Producers(LeadScoringApi api, Scoreboard board, TimeProvider clock)
{
    private const int BatchSize = 500;
    private const int BatchesInFlightMax = 3;
    private const int RequestsInFlightMax = 8;

    public async Task PostBacklogAsync(Backlog backlog, CancellationToken stop)
    {
        var total = backlog.SignUps.Count + backlog.Rest.Count;
        await PostAsync(backlog.SignUps);
        await PostAsync(backlog.Rest);

        Task PostAsync(IReadOnlyList<Posting> postings) => Parallel.ForEachAsync(
            postings.Chunk(BatchSize),
            new ParallelOptions { MaxDegreeOfParallelism = BatchesInFlightMax, CancellationToken = stop },
            async (chunk, cancel) =>
            {
                board.Say($"telling the last {ProspectStream.BacklogDays} days: {total:N0} engagements");
                await DeliverAsync(chunk, cancel);
            });
    }

    /// <summary>Posts each delivery when it is due, or as soon after as the service lets it.</summary>
    /// <param name="rate">New engagements per second.</param>
    public Task PostLiveAsync(ProspectStream stream, double rate, CancellationToken stop)
    {
        board.Say("live");
        var liveStart = clock.GetUtcNow();
        return Parallel.ForEachAsync(
            WhenDueAsync(stream.Live(liveStart, rate), liveStart, stop),
            new ParallelOptions { MaxDegreeOfParallelism = RequestsInFlightMax, CancellationToken = stop },
            async (delivery, cancel) => await DeliverAsync(delivery.Postings, cancel));
    }

    private async IAsyncEnumerable<Delivery> WhenDueAsync(
        IEnumerable<Delivery> deliveries, DateTimeOffset liveStart, [EnumeratorCancellation] CancellationToken stop)
    {
        foreach (var delivery in deliveries)
        {
            var wait = liveStart + delivery.At - clock.GetUtcNow();
            if (wait > TimeSpan.Zero) await Task.Delay(wait, clock, stop);
            yield return delivery;
        }
    }

    private async Task DeliverAsync(IReadOnlyList<Posting> postings, CancellationToken stop)
    {
        var known = new List<(Person Person, Guid LeadId)>();
        if (postings is [var single])
        {
            var answer = await UntilAnsweredAsync(() => api.PostAsync(single.Engagement, stop), stop);
            Note(single, Outcome(answer.Value), answer.Problem, answer.Value?.Lead);
        }
        else
        {
            var batch = postings.Select(posting => posting.Engagement).ToList();
            var receipt = (await UntilAnsweredAsync(() => api.PostAsync(batch, stop), stop)).OrThrow();
            foreach (var (posting, item) in postings.Zip(receipt.Results)) Note(posting, item.Result, item.Problem, item.Lead);
        }

        await Parallel.ForEachAsync(
            known,
            new ParallelOptions { MaxDegreeOfParallelism = RequestsInFlightMax, CancellationToken = stop },
            async (it, cancel) => await EnrichAsync(it.Person, it.LeadId, cancel));

        void Note(Posting posting, EngagementOutcome outcome, Problem? problem, LeadSummary? lead)
        {
            board.Count(posting, outcome);
            if (problem is not null) board.Refused(problem);
            if (posting.BecomesKnown && lead is not null) known.Add((posting.Person, lead.LeadId));
        }
    }

    private async Task EnrichAsync(Person person, Guid leadId, CancellationToken stop)
    {
        var answer = await UntilAnsweredAsync(() => api.ChangeAttributesAsync(leadId, Enrichment.Of(person), stop), stop);
        if (answer.Problem is { } problem) board.Refused(problem);
    }

    private async Task<ApiAnswer<T>> UntilAnsweredAsync<T>(Func<Task<ApiAnswer<T>>> ask, CancellationToken stop)
        where T : class
    {
        while (true)
        {
            var answer = await ask();
            if (answer.Status is 401 or 403) answer.OrThrow();
            board.ServiceAway(answer.WorthRepeating);
            if (!answer.WorthRepeating) return answer;
            stop.ThrowIfCancellationRequested();
        }
    }

    private static EngagementOutcome Outcome(EngagementReceipt? receipt) => receipt switch
    {
        null => EngagementOutcome.Rejected,
        { Duplicate: true } => EngagementOutcome.Duplicate,
        _ => EngagementOutcome.Recorded,
    };
}
