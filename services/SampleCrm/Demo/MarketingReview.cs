using LeadScoring.Contracts;
using SampleCrm.Api;

namespace SampleCrm.Demo;

/// <summary>Marketing looks at the leads that automation found, a few at a time: most go to sales, some go back to nurture.</summary>
public sealed class MarketingReview(LeadScoringApi api, int seed, TimeProvider clock)
{
    public const string Actor = "marketing-mia";
    public const double DeclinedShare = 0.15;
    private const int ReviewsPerRoundMax = 2;
    private static readonly TimeSpan RoundPause = TimeSpan.FromSeconds(2);

    private readonly Dictionary<(Guid LeadId, int Cycle), DateTimeOffset> decideAt = [];

    /// <summary>Works until stopped.</summary>
    /// <exception cref="ServiceRefused">The service refuses the list, e.g. for want of a scope.</exception>
    public async Task WorkAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var queue = await api.LeadsAsync("queue=review", pagesMax: 1, stop);
            if (!queue.WorthRepeating)
            {
                // A refusal means that somebody was faster or that the lead moved on; the next round sees it as it is then.
                foreach (var lead in ReadFor(queue.OrThrow().Leads)) await DecideAsync(lead, stop);
            }

            await Task.Delay(RoundPause, clock, stop);
        }
    }

    /// <summary>Those somebody has had the time to read, longest waiting first.</summary>
    private List<LeadSummary> ReadFor(IReadOnlyList<LeadSummary> queue)
    {
        var now = clock.GetUtcNow();
        var waiting = queue.ToDictionary(lead => (lead.LeadId, lead.Cycle));
        foreach (var gone in decideAt.Keys.Where(key => !waiting.ContainsKey(key)).ToList()) decideAt.Remove(gone);
        foreach (var (key, lead) in waiting) decideAt.TryAdd(key, now.AddSeconds(Dice("reading", lead).Between(3, 12)));
        return decideAt
            .Where(due => due.Value <= now)
            .OrderBy(due => due.Value)
            .Take(ReviewsPerRoundMax)
            .Select(due => waiting[due.Key])
            .ToList();
    }

    private Task<ApiAnswer<CommandReceipt>> DecideAsync(LeadSummary lead, CancellationToken stop)
    {
        var dice = Dice("review", lead);
        if (lead.Grade < Grade.D && !dice.Chance(DeclinedShare))
        {
            return api.CommandAsync(lead.LeadId, "qualify", new QualifyRequest(Actor), lead.Version, stop);
        }

        // Half of them rest only a minute or three, so that second cycles can be seen in a short run.
        DateTimeOffset? coolDown = dice.Chance(0.5) ? clock.GetUtcNow().AddSeconds(dice.Between(60, 180)) : null;
        return api.CommandAsync(
            lead.LeadId, "decline", new DeclineRequest(Actor, "Not ready to talk yet.", coolDown), lead.Version, stop);
    }

    private Random Dice(string what, LeadSummary lead) =>
        Seeds.Dice(seed, $"{what} {lead.Email ?? lead.LeadId.ToString()}", lead.Cycle);
}
