using LeadScoring.Domain.Scoring;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.EventStore;
using LeadScoring.EventStore.Events;
using LeadScoring.Host.Leads.Writing;
using LeadScoring.Host.Operations;
using LeadScoring.Host.Scoring.Models;

namespace LeadScoring.Host.Scoring.Shadow;

/// <summary>Follows the log for the versions that run in shadow, and clears up after those that do no more. With none it rests.</summary>
internal sealed class ShadowProjector(
    IEventStore store, EventTypes types, TenantModels models, ShadowRows rows, ShadowFold fold, LeadWriter writer, TimeProvider clock)
{
    /// <summary>Events taken in by one transaction.</summary>
    public const int PageEventsMax = 500;

    /// <summary>Numbers of the log that changed nothing, before that is written down: what a successor looks at again.</summary>
    public const long UnwrittenNumbersMax = 50_000;

    /// <summary>Between two looks at the log's end: how late a would-be qualification is noted.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>Returns only by an exception.</summary>
    /// <exception cref="EventStore.Checkpoints.FencedException">Another instance projects.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        var at = new Place(await rows.PositionAsync(ct));
        var runs = await rows.RunsAsync(ct);
        var pace = Pace.BesideOf(writer, clock);
        while (true)
        {
            var started = clock.GetTimestamp();
            await models.FreshenAsync(ct);
            var wanted = models.Shadows().ToDictionary(s => new ShadowRun(s.TenantId, s.Version.Version, s.Version.ShadowSince!.Value), s => s.Version);
            var isBusy = await EndAsync(runs, wanted, at, ct);
            await BeginAsync(runs, wanted, at, ct);
            isBusy |= runs.Count > 0 && await TakePageAsync(ModelsOf(runs, wanted), at, ct);
            if (isBusy) await pace.RestAsync(clock.GetElapsedTime(started), ct);
            else await Task.Delay(LookEvery, clock, ct);
        }
    }

    /// <returns>Whether there is more to take out.</returns>
    private async Task<bool> EndAsync(List<ShadowRun> runs, Dictionary<ShadowRun, ModelVersion> wanted, Place at, CancellationToken ct)
    {
        if (runs.FindIndex(r => !wanted.ContainsKey(r)) is not (>= 0 and var ended)) return false;
        if (await rows.RemoveAsync(runs[ended], at.Written, ct)) runs.RemoveAt(ended);
        return true;
    }

    private async Task BeginAsync(List<ShadowRun> runs, Dictionary<ShadowRun, ModelVersion> wanted, Place at, CancellationToken ct)
    {
        var starting = new List<(ShadowRun Run, ModelVersion Version, long Switched)>();
        foreach (var (run, version) in wanted)
        {
            // One that was off for a moment begins anew once its former rows are gone.
            if (runs.Any(r => r.TenantId == run.TenantId && r.Version == run.Version)) continue;
            starting.Add((run, version, await SwitchedAtAsync(run, ct)));
        }

        foreach (var (run, version, switched) in starting.OrderBy(s => s.Switched))
        {
            // What came before the switch is for the others, if there are any, and not for this one.
            if (runs.Count > 0 && at.After < switched) return;
            at.After = Math.Max(at.After, switched);
            await CatchUpAsync(run, version.Model, switched, at, ct);
            await rows.BeginAsync(run, at.Written, at.After, ct);
            at.Written = at.After;
            runs.Add(run);
        }
    }

    /// <summary>What happened between the switch and now has been passed already on behalf of others, who may have been switched off since.</summary>
    private async Task CatchUpAsync(ShadowRun run, ScoringModel model, long switched, Place at, CancellationToken ct)
    {
        var only = new Dictionary<string, ScoringModel[]>(StringComparer.Ordinal) { [run.TenantId] = [model] };
        for (var after = switched; after < at.After;)
        {
            var page = await store.ReadLogAsync(after, PageEventsMax, ct);
            var taken = await fold.TakeAsync([.. page.Events.Where(e => e.Sequence <= at.After)], only, ct);
            if (!taken.IsEmpty) await rows.StoreAsync(taken.Leads, taken.Cycles, at.Written, at.Written, ct);
            if (page.AtEnd) return;
            after = page.NextAfter;
        }
    }

    /// <returns>Whether there may be more.</returns>
    private async Task<bool> TakePageAsync(IReadOnlyDictionary<string, ScoringModel[]> wanted, Place at, CancellationToken ct)
    {
        if (await store.LastNumberAsync(ct) <= at.After) return false;
        var page = await store.ReadLogAsync(at.After, PageEventsMax, ct);
        var taken = await fold.TakeAsync(page.Events, wanted, ct);
        if (!taken.IsEmpty || page.NextAfter - at.Written >= UnwrittenNumbersMax)
        {
            await rows.StoreAsync(taken.Leads, taken.Cycles, at.Written, page.NextAfter, ct);
            at.Written = page.NextAfter;
        }

        at.After = page.NextAfter;
        return !page.AtEnd;
    }

    /// <summary>The number in the log of the event that switched it on.</summary>
    private async Task<long> SwitchedAtAsync(ShadowRun run, CancellationToken ct)
    {
        var sequence = 0L;
        await foreach (var recorded in store.ReadStreamAsync(ModelEvents.StreamOf(run.TenantId), afterVersion: 0, ct))
        {
            if (types.Read(recorded) is ModelShadowSwitched { IsOn: true } on && on.Version == run.Version) sequence = recorded.Sequence;
        }

        return sequence;
    }

    private static Dictionary<string, ScoringModel[]> ModelsOf(List<ShadowRun> runs, Dictionary<ShadowRun, ModelVersion> wanted) => runs
        .Where(wanted.ContainsKey)
        .GroupBy(r => r.TenantId, StringComparer.Ordinal)
        .ToDictionary(g => g.Key, g => g.Select(r => wanted[r].Model).ToArray(), StringComparer.Ordinal);

    /// <summary>Where one leadership is in the log.</summary>
    private sealed class Place(long position)
    {
        /// <summary>As it is stored.</summary>
        public long Written { get; set; } = position;

        /// <summary>Where to read on: nothing between the two changed anything.</summary>
        public long After { get; set; } = position;
    }
}
