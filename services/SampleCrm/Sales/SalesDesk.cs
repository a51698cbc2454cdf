namespace SampleCrm;

/// <summary>One lead on the desk, and what sales is about to do; once it is sent, the event that says so is on its way.</summary>
public sealed record DeskCase(DeskLead Lead, SalesMove Next, DateTimeOffset DueAt, bool IsSent = false);
public sealed record DeskDeed(DeskLead Lead, SalesMove Move, DateTimeOffset At);

/// <summary>Sales at work. It knows by itself only when it first saw a lead, so it may be restarted at any time: the service is the truth.</summary>
/// <param name="pace">How many times faster than a patient human; 1 answers within half a minute.</param>
public sealed class SalesDesk(LeadScoringApi api, SalesPersonality personality, double pace, TimeProvider clock)
{
    private const int DeedsKeptMax = 20, MovesPerRoundMax = 20;
    private static readonly TimeSpan RoundPause = TimeSpan.FromSeconds(1), RefusedPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan NewsPause = TimeSpan.FromSeconds(5);
    private readonly Dictionary<(Guid, int, Stage, DateTimeOffset), DateTimeOffset> seenAt = [];
    private readonly HashSet<(Guid, int, Stage, DateTimeOffset)> sent = [];
    public Action<DeskLead>? HandoffTaken { get; init; }
    public Action<DeskDeed>? Moved { get; init; }
    public IReadOnlyList<DeskCase> Cases { get; private set; } = [];
    public IReadOnlyList<DeskDeed> Deeds { get; private set; } = [];

    /// <exception cref="Refusal">The service refuses to show a lead, e.g. for want of a scope.</exception>
    public async Task WorkAsync(Func<CancellationToken, Task<IReadOnlyList<DeskLead>>> read, CancellationToken stop)
    {
        for (; ; await Task.Delay(RoundPause, clock, stop)) await RoundAsync(await read(stop), stop);
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
        var due = Cases.Where(next => !next.IsSent && next.DueAt <= now).Take(MovesPerRoundMax).ToList();
        foreach (var next in due) await MoveAsync(next.Lead, next.Next, stop);
        if (due.Count > 0) Show(leads);
    }

    private void Show(IReadOnlyList<DeskLead> leads) => Cases =
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
        var isAsKnown = read.Status != 404 && read.OrThrow() is var view && (view.Stage, view.Cycle) == (lead.Stage, lead.Cycle);
        var answer = isAsKnown ? await api.CommandAsync(lead.Id, move.Command, move.Body, read.Value!.Version, stop) : null;
        if (answer is null or { Status: 409 }) Later(NewsPause); // News of it is on its way; until then it must not keep others waiting.
        else if (answer.Value is null && !answer.WorthRepeating && answer.Status != 412) Later(RefusedPause); // Asking every second would only fill the logs.
        if (answer?.Value is null) return;
        sent.Add(KeyOf(lead));
        Deeds = [new(lead, move, clock.GetUtcNow()), .. Deeds.Take(DeedsKeptMax - 1)];
        Moved?.Invoke(Deeds[0]);

        void Later(TimeSpan pause) => seenAt[KeyOf(lead)] = clock.GetUtcNow() + pause;
    }

    /// <summary>A lead in one stage, once: it may come to the same stage again.</summary>
    private static (Guid, int, Stage, DateTimeOffset) KeyOf(DeskLead lead) => (lead.Id, lead.Cycle, lead.Stage, lead.Since);
}
