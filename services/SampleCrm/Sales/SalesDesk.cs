using LeadScoring.Contracts;
using SampleCrm.Api;
using SampleCrm.Handoffs;

namespace SampleCrm.Sales;

/// <summary>One lead on the desk.</summary>
/// <param name="Next">What sales is about to do, and when.</param>
/// <param name="IsSent">The service took the move; the event that says so is on its way.</param>
public sealed record DeskCase(DeskLead Lead, SalesMove Next, DateTimeOffset DueAt, bool IsSent = false);

/// <summary>One thing sales did.</summary>
public sealed record DeskDeed(DeskLead Lead, SalesMove Move, DateTimeOffset At);

/// <summary>
/// Sales at work: takes what lies in the inbox, lets its personality decide, answers through the API. It keeps no data of its own
/// beyond when it first saw a lead, so it may be restarted at any time: the service is the truth.
/// </summary>
/// <param name="pace">How many times faster than a patient human; 1 answers within half a minute.</param>
public sealed class SalesDesk(HandoffInbox inbox, LeadScoringApi api, SalesPersonality personality, double pace, TimeProvider clock)
{
    public const int DeedsKeptMax = 20;
    private const int MovesPerRoundMax = 20;
    private static readonly TimeSpan RoundPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RefusedPause = TimeSpan.FromMinutes(1);

    /// <summary>For the event that tells what the service knows already.</summary>
    private static readonly TimeSpan NewsPause = TimeSpan.FromSeconds(5);

    private readonly Dictionary<Sight, DateTimeOffset> seenAt = [];
    private readonly HashSet<Sight> sent = [];
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

    /// <summary>Works until stopped.</summary>
    /// <exception cref="ServiceRefused">The service refuses to show a lead, e.g. for want of a scope.</exception>
    public async Task WorkAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await RoundAsync(stop);
            await Task.Delay(RoundPause, clock, stop);
        }
    }

    /// <summary>Looks at the inbox once and makes the moves that are due.</summary>
    public async Task RoundAsync(CancellationToken stop)
    {
        // Half of the past would be answered as if it were the present.
        if (!inbox.IsRebuilt) return;
        var leads = inbox.OnDesk();
        NoteFirstSights(leads);
        Show(leads);
        var now = clock.GetUtcNow();
        var due = cases.Where(c => !c.IsSent).TakeWhile(c => c.DueAt <= now).Take(MovesPerRoundMax).ToList();
        foreach (var next in due) await MoveAsync(next, stop);
        if (due.Count > 0) Show(leads);
    }

    private void Show(IReadOnlyList<DeskLead> leads)
    {
        var now = clock.GetUtcNow();
        cases = leads
            .Select(lead => (Lead: lead, Sight: Sight.Of(lead), Move: personality.Next(lead, now)))
            .Where(c => c.Move is not null)
            .Select(c => new DeskCase(c.Lead, c.Move!, seenAt[c.Sight] + (c.Move!.After / pace), sent.Contains(c.Sight)))
            .OrderBy(c => c.DueAt)
            .ToList();
    }

    private void NoteFirstSights(IReadOnlyList<DeskLead> leads)
    {
        var now = clock.GetUtcNow();
        var present = leads.Select(Sight.Of).ToHashSet();
        foreach (var gone in seenAt.Keys.Where(sight => !present.Contains(sight)).ToList()) seenAt.Remove(gone);
        sent.IntersectWith(present);
        foreach (var lead in leads)
        {
            if (seenAt.TryAdd(Sight.Of(lead), now) && lead.Stage == Stage.MarketingQualified) HandoffTaken?.Invoke(lead);
        }
    }

    private async Task MoveAsync(DeskCase due, CancellationToken stop)
    {
        var (lead, move, _, _) = due;
        var read = await api.LeadAsync(lead.LeadId, stop);
        if (read.WorthRepeating) return;
        if (read.Status != 404 && read.OrThrow() is var view && (view.Stage, view.Cycle) == (lead.Stage, lead.Cycle))
        {
            await CommandAsync(lead, move, view.Version, stop);
        }
        else
        {
            Later(lead, NewsPause);
        }
    }

    private async Task CommandAsync(DeskLead lead, SalesMove move, long version, CancellationToken stop)
    {
        var answer = await api.CommandAsync(lead.LeadId, move.Command, move.Body, version, stop);
        if (answer.Value is not null)
        {
            sent.Add(Sight.Of(lead));
            var deed = new DeskDeed(lead, move, clock.GetUtcNow());
            deeds = [deed, .. deeds.Take(DeedsKeptMax - 1)];
            Moved?.Invoke(deed);
        }
        else if (answer.Status == 409)
        {
            // News of the lead is on its way; until then it must not keep others waiting.
            Later(lead, NewsPause);
        }
        else if (!answer.SomeoneWasFaster && !answer.WorthRepeating)
        {
            // Refused for good; asking every second would only fill the logs.
            Later(lead, RefusedPause);
        }
    }

    private void Later(DeskLead lead, TimeSpan pause) => seenAt[Sight.Of(lead)] = clock.GetUtcNow() + pause;

    /// <summary>A lead in one stage, once: it may come to the same stage again.</summary>
    private readonly record struct Sight(Guid LeadId, int Cycle, Stage Stage, DateTimeOffset Since)
    {
        public static Sight Of(DeskLead lead) => new(lead.LeadId, lead.Cycle, lead.Stage, lead.Since);
    }
}
