using LeadScoring.Contracts;

namespace SampleCrm;

/// <summary>One lead on the desk.</summary>
/// <param name="Next">What sales is about to do, and when.</param>
/// <param name="IsSent">The service took the move; the event that says so is on its way.</param>
public sealed record DeskCase(DeskLead Lead, SalesMove Next, DateTimeOffset DueAt, bool IsSent = false);

/// <summary>One thing sales did.</summary>
public sealed record DeskDeed(DeskLead Lead, SalesMove Move, DateTimeOffset At);

/// <summary>
/// Sales at work: looks at what lies on the desk, lets its personality decide, answers through the API. It knows by itself only when it
/// first saw a lead, so it may be restarted at any time: the service is the truth.
/// </summary>
/// <param name="pace">How many times faster than a patient human; 1 answers within half a minute.</param>
public sealed class SalesDesk(LeadScoringApi api, SalesPersonality personality, double pace, TimeProvider clock)
{
    public const int DeedsKeptMax = 20;
    private const int MovesPerRoundMax = 20;
    private static readonly TimeSpan RoundPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RefusedPause = TimeSpan.FromMinutes(1);

    /// <summary>For the event that tells what the service knows already.</summary>
    private static readonly TimeSpan NewsPause = TimeSpan.FromSeconds(5);

    // By lead, cycle and stage, once: it may come to the same stage again.
    private readonly Dictionary<(Guid LeadId, int Cycle, Stage Stage, DateTimeOffset Since), DateTimeOffset> seenAt = [];
    private readonly HashSet<(Guid LeadId, int Cycle, Stage Stage, DateTimeOffset Since)> sent = [];
    private volatile IReadOnlyList<DeskCase> cases = [];
    private volatile IReadOnlyList<DeskDeed> deeds = [];

    /// <summary>A handoff came in.</summary>
    public Action<DeskLead>? HandoffTaken { get; init; }

    /// <summary>Sales did something and the service took it.</summary>
    public Action<DeskDeed>? Moved { get; init; }

    /// <summary>What lies on the desk, next move first.</summary>
    public IReadOnlyList<DeskCase> Cases => cases;

    /// <summary>What was done last, newest first, at most <see cref="DeedsKeptMax"/>.</summary>
    public IReadOnlyList<DeskDeed> Deeds => deeds;

    /// <param name="read">What lies with sales.</param>
    /// <exception cref="Refusal">The service refuses to show a lead, e.g. for want of a scope.</exception>
    public async Task WorkAsync(Func<CancellationToken, Task<IReadOnlyList<DeskLead>>> read, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await RoundAsync(await read(stop), stop);
            await Task.Delay(RoundPause, clock, stop);
        }
    }

    /// <summary>Makes the moves that are due.</summary>
    public async Task RoundAsync(IReadOnlyList<DeskLead> leads, CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        var present = leads.Select(KeyOf).ToHashSet();
        foreach (var gone in seenAt.Keys.Where(key => !present.Contains(key)).ToList()) seenAt.Remove(gone);
        sent.IntersectWith(present);
        foreach (var lead in leads)
        {
            if (seenAt.TryAdd(KeyOf(lead), now) && lead.Stage == Stage.MarketingQualified) HandoffTaken?.Invoke(lead);
        }

        Show(leads);
        var due = cases.Where(next => !next.IsSent && next.DueAt <= now).Take(MovesPerRoundMax).ToList();
        foreach (var next in due) await MoveAsync(next.Lead, next.Next, stop);
        if (due.Count > 0) Show(leads);
    }

    private void Show(IReadOnlyList<DeskLead> leads) => cases =
    [
        .. from lead in leads
           let move = personality.Next(lead, clock.GetUtcNow())
           where move is not null
           let dueAt = seenAt[KeyOf(lead)] + (move.After / pace)
           orderby dueAt
           select new DeskCase(lead, move, dueAt, sent.Contains(KeyOf(lead))),
    ];

    private async Task MoveAsync(DeskLead lead, SalesMove move, CancellationToken stop)
    {
        var read = await api.GetAsync<LeadView>($"v1/leads/{lead.Id}", stop);
        if (read.WorthRepeating) return;
        if (read.Status == 404 || read.OrThrow() is not { } view || (view.Stage, view.Cycle) != (lead.Stage, lead.Cycle))
        {
            // News of the lead is on its way; until then it must not keep others waiting.
            Later(lead, NewsPause);
            return;
        }

        var answer = await api.CommandAsync(lead.Id, move.Command, move.Body, view.Version, stop);
        if (answer.Value is not null)
        {
            sent.Add(KeyOf(lead));
            var deed = new DeskDeed(lead, move, clock.GetUtcNow());
            deeds = [deed, .. deeds.Take(DeedsKeptMax - 1)];
            Moved?.Invoke(deed);
        }
        else if (answer.Status == 409)
        {
            Later(lead, NewsPause);
        }
        else if (!answer.SomeoneWasFaster && !answer.WorthRepeating)
        {
            Later(lead, RefusedPause); // Refused for good; asking every second would only fill the logs.
        }
    }

    private void Later(DeskLead lead, TimeSpan pause) => seenAt[KeyOf(lead)] = clock.GetUtcNow() + pause;

    private static (Guid LeadId, int Cycle, Stage Stage, DateTimeOffset Since) KeyOf(DeskLead lead) => (lead.Id, lead.Cycle, lead.Stage, lead.Since);
}
