namespace SampleCrm;

/// <summary>Those who post what prospects do, and who adds attributes. A post without an answer is repeated: its id makes that safe.</summary>
public sealed class Producers(LeadScoringApi api, Scoreboard board, TimeProvider clock)
{
    private const int BatchSize = 500, RequestsInFlightMax = 8;

    public async Task PostAsync(ProspectStream stream, double rate, CancellationToken stop)
    {
        var backlog = stream.Backlog();
        board.Phase = $"telling the last {ProspectStream.BacklogDays} days: {backlog.SignUps.Count + backlog.Rest.Count:N0} engagements";
        await Parallel.ForEachAsync(backlog.SignUps.Chunk(BatchSize), InFlight(stop), async (batch, cancel) => await DeliverAsync(batch, cancel));
        await Parallel.ForEachAsync(backlog.Rest.Chunk(BatchSize), InFlight(stop), async (batch, cancel) => await DeliverAsync(batch, cancel));
        board.Phase = "live";
        var liveStart = clock.GetUtcNow();
        await Parallel.ForEachAsync(stream.Live(liveStart, rate), InFlight(stop), async (delivery, cancel) =>
        {
            var wait = liveStart + delivery.At - clock.GetUtcNow();
            if (wait > TimeSpan.Zero) await Task.Delay(wait, clock, cancel);
            await DeliverAsync(delivery.Postings, cancel);
        });
    }

    private async Task DeliverAsync(IReadOnlyList<Posting> postings, CancellationToken stop)
    {
        var known = new List<(Person Person, Guid LeadId)>();
        if (postings is [var single])
        {
            var answer = await InsistAsync<EngagementReceipt>(HttpMethod.Post, "v1/engagements", single.Engagement, stop);
            var taken = answer.Value?.Duplicate == true ? EngagementOutcome.Duplicate : EngagementOutcome.Recorded;
            Note(single, answer.Value is null ? EngagementOutcome.Rejected : taken, answer.Problem, answer.Value?.Lead);
        }
        else
        {
            var batch = new EngagementBatch([.. postings.Select(posting => posting.Engagement)]);
            var receipt = (await InsistAsync<EngagementBatchReceipt>(HttpMethod.Post, "v1/engagements/batch", batch, stop)).OrThrow();
            foreach (var (posting, item) in postings.Zip(receipt.Results)) Note(posting, item.Result, item.Problem, item.Lead);
        }

        await Parallel.ForEachAsync(known, InFlight(stop), async (it, cancel) => board.Refused(
            (await InsistAsync<CommandReceipt>(HttpMethod.Patch, $"v1/leads/{it.LeadId}/attributes", it.Person.Attributes(), cancel)).Problem));

        void Note(Posting posting, EngagementOutcome outcome, Problem? problem, LeadSummary? lead)
        {
            board.Count(posting, outcome, problem);
            if (posting.BecomesKnown && lead is not null) known.Add((posting.Person, lead.LeadId));
        }
    }

    private async Task<ApiAnswer<T>> InsistAsync<T>(HttpMethod method, string path, object body, CancellationToken stop) where T : class
    {
        var answer = await LeadScoringApi.InsistAsync(() => api.SendAsync<T>(method, path, body, stop), away => board.ServiceAway = away, stop);
        if (answer.Status is 401 or 403) answer.OrThrow();
        return answer;
    }

    private static ParallelOptions InFlight(CancellationToken stop) => new() { MaxDegreeOfParallelism = RequestsInFlightMax, CancellationToken = stop };
}

/// <summary>Marketing looks at the leads that automation found, a few at a time: most go to sales, some go back to nurture.</summary>
public sealed class MarketingReview(LeadScoringApi api, int seed, TimeProvider clock)
{
    private const string Actor = "marketing-mia";
    private const double DeclinedShare = 0.15;
    private const int ReviewsPerRoundMax = 2;
    private static readonly TimeSpan RoundPause = TimeSpan.FromSeconds(2);

    /// <exception cref="Refusal">The service refuses the list, e.g. for want of a scope.</exception>
    public async Task WorkAsync(CancellationToken stop)
    {
        for (; ; await Task.Delay(RoundPause, clock, stop))
        {
            var queue = await api.LeadsAsync("queue=review", pagesMax: 1, stop);
            if (queue.WorthRepeating) continue;
            // A refusal means that somebody was faster or that the lead moved on; the next round sees it as it is then.
            foreach (var lead in queue.OrThrow().Leads.Take(ReviewsPerRoundMax)) await DecideAsync(lead, stop);
        }
    }

    private Task<ApiAnswer<CommandReceipt>> DecideAsync(LeadSummary lead, CancellationToken stop)
    {
        var dice = Seeds.Dice(seed, $"review {lead.Email ?? lead.LeadId.ToString()}", lead.Cycle);
        var isWanted = lead.Grade < Grade.D && !dice.Chance(DeclinedShare);
        if (isWanted) return api.CommandAsync(lead.LeadId, "qualify", new QualifyRequest(Actor), lead.Version, stop);

        // Half of them rest only a minute or three, so that second cycles can be seen in a short run.
        DateTimeOffset? coolDown = dice.Chance(0.5) ? clock.GetUtcNow().AddSeconds(dice.Between(60, 180)) : null;
        return api.CommandAsync(lead.LeadId, "decline", new DeclineRequest(Actor, "Not ready to talk yet.", coolDown), lead.Version, stop);
    }
}
