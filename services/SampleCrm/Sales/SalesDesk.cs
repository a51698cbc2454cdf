using LeadScoring.Contracts;
using SampleCrm.Api;

namespace SampleCrm.Sales;

/// <summary>One lead on the desk.</summary>
/// <param name="Next">What sales is about to do, and when.</param>
public sealed record DeskCase(LeadSummary Lead, SalesMove Next, DateTimeOffset DueAt);

/// <summary>One thing sales did.</summary>
public sealed record DeskDeed(LeadSummary Lead, SalesMove Move, DateTimeOffset At);

/// <summary>
/// Sales at work: reads what waits, lets its personality decide, answers through the API. It keeps no data of its own
/// beyond when it first saw a lead, so it may be restarted at any time: the service is the truth.
/// </summary>
/// <param name="pace">How many times faster than a patient human; 1 answers within half a minute.</param>
public sealed class SalesDesk(LeadScoringApi api, SalesPersonality personality, double pace, TimeProvider clock)
{
    public const int DeedsKeptMax = 20;
    private const int MovesPerRoundMax = 20;
    private const int PagesMax = 5;
    private static readonly TimeSpan RoundPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RefusedPause = TimeSpan.FromMinutes(1);

    private readonly Dictionary<(Guid LeadId, int Cycle, Stage Stage), DateTimeOffset> seenAt = [];
    private volatile IReadOnlyList<DeskCase> cases = [];
    private volatile IReadOnlyList<DeskDeed> deeds = [];

    /// <summary>A handoff came in.</summary>
    public Action<LeadSummary>? HandoffTaken { get; init; }

    /// <summary>Sales did something and the service took it.</summary>
    public Action<DeskDeed>? Moved { get; init; }

    /// <summary>What lies on the desk, next move first.</summary>
    public IReadOnlyList<DeskCase> Cases => cases;

    /// <summary>What was done last, newest first, at most <see cref="DeedsKeptMax"/>.</summary>
    public IReadOnlyList<DeskDeed> Deeds => deeds;

    /// <summary>Works until stopped.</summary>
    /// <exception cref="ServiceRefused">The service refuses the lists, e.g. for want of a scope.</exception>
    public async Task WorkAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await RoundAsync(stop);
            await Task.Delay(RoundPause, clock, stop);
        }
    }

    /// <summary>Reads the lists once and makes the moves that are due.</summary>
    public async Task RoundAsync(CancellationToken stop)
    {
        if (await OnTheDeskAsync(stop) is not { } leads) return;
        NoteFirstSights(leads);
        var now = clock.GetUtcNow();
        cases = leads
            .Select(lead => (Lead: lead, Move: personality.Next(lead, now)))
            .Where(c => c.Move is not null)
            .Select(c => new DeskCase(c.Lead, c.Move!, seenAt[Key(c.Lead)] + (c.Move!.After / pace)))
            .OrderBy(c => c.DueAt)
            .ToList();
        foreach (var due in cases.TakeWhile(c => c.DueAt <= now).Take(MovesPerRoundMax)) await MoveAsync(due, stop);
    }

    /// <returns>Null when the service does not answer: nothing is concluded from that.</returns>
    private async Task<IReadOnlyList<LeadSummary>?> OnTheDeskAsync(CancellationToken stop)
    {
        var leads = new List<LeadSummary>();
        foreach (var read in (Func<Task<ApiAnswer<LeadPage>>>[])
        [
            () => WaitingHandoffsAsync(stop),
            () => api.LeadsAsync("stage=sales_accepted", PagesMax, stop),
            () => api.LeadsAsync("stage=sales_qualified", PagesMax, stop),
        ])
        {
            var answer = await read();
            if (answer.WorthRepeating) return null;
            leads.AddRange(answer.OrThrow().Leads);
        }

        // A lead may change lists between two reads; the later one is right.
        return leads.GroupBy(lead => lead.LeadId).Select(same => same.MaxBy(lead => lead.Version)!).ToList();
    }

    /// <summary>Where handoffs come from.</summary>
    private Task<ApiAnswer<LeadPage>> WaitingHandoffsAsync(CancellationToken stop) => api.LeadsAsync("queue=sales", PagesMax, stop);

    private void NoteFirstSights(IReadOnlyList<LeadSummary> leads)
    {
        var now = clock.GetUtcNow();
        var present = leads.Select(Key).ToHashSet();
        foreach (var gone in seenAt.Keys.Where(key => !present.Contains(key)).ToList()) seenAt.Remove(gone);
        foreach (var lead in leads)
        {
            if (seenAt.TryAdd(Key(lead), now) && lead.Stage == Stage.MarketingQualified) HandoffTaken?.Invoke(lead);
        }
    }

    private async Task MoveAsync(DeskCase due, CancellationToken stop)
    {
        var (lead, move, _) = due;
        var answer = await api.CommandAsync(lead.LeadId, move.Command, move.Body, lead.Version, stop);
        if (answer.Value is { } receipt)
        {
            var deed = new DeskDeed(receipt.Lead, move, clock.GetUtcNow());
            deeds = [deed, .. deeds.Take(DeedsKeptMax - 1)];
            Moved?.Invoke(deed);
        }
        else if (!answer.SomeoneWasFaster && !answer.WorthRepeating)
        {
            // Refused for good; asking every second would only fill the logs.
            seenAt[Key(lead)] = clock.GetUtcNow() + RefusedPause;
        }
    }

    private static (Guid LeadId, int Cycle, Stage Stage) Key(LeadSummary lead) => (lead.LeadId, lead.Cycle, lead.Stage);
}
