using LeadScoring.Contracts;
using SampleCrm.Api;

namespace SampleCrm.Demo;

/// <summary>Marketing looks at the leads that automation found, a few at a time: most go to sales, some go back to nurture.</summary>
public sealed class MarketingReview(LeadScoringApi api, int seed, TimeProvider clock)
{
    public const string Actor = "marketing-mia";
    public const double DeclinedShare = 0.15;
    private const int ReviewsPerRoundMax = 2;
    private static readonly TimeSpan RoundPause = TimeSpan.FromSeconds(1.5);

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
                foreach (var lead in queue.OrThrow().Leads.Take(ReviewsPerRoundMax)) await DecideAsync(lead, stop);
            }

            await Task.Delay(RoundPause, clock, stop);
        }
    }

    private Task<ApiAnswer<CommandReceipt>> DecideAsync(LeadSummary lead, CancellationToken stop)
    {
        var dice = Seeds.Dice(seed, $"review {lead.Email ?? lead.LeadId.ToString()}", lead.Cycle);
        if (lead.Grade < Grade.D && !dice.Chance(DeclinedShare))
        {
            return api.CommandAsync(lead.LeadId, "qualify", new QualifyRequest(Actor), lead.Version, stop);
        }

        // Half of them rest only a minute or three, so that second cycles can be seen in a short run.
        DateTimeOffset? coolDown = dice.Chance(0.5) ? clock.GetUtcNow().AddSeconds(dice.Between(60, 180)) : null;
        return api.CommandAsync(
            lead.LeadId, "decline", new DeclineRequest(Actor, "Not ready to talk yet.", coolDown), lead.Version, stop);
    }
}
