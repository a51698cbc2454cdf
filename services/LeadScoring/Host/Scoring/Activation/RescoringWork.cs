using System.Diagnostics;
using LeadScoring.Host.Jobs;
using LeadScoring.Host.Operations;
using LeadScoring.Host.Scoring.Models;
using Marten;

namespace LeadScoring.Host.Scoring.Activation;

/// <summary>
/// Scores all leads of a tenant under the model that has begun to hold, as long work: whoever has the next turn goes on where the last page
/// ended. It gives way to whatever else is written.
/// </summary>
public sealed class RescoringWork(
    IDocumentStore store, LeadRescoring leads, Rescorings rescorings, TenantModels models, WorkQueue work, Telemetry telemetry, TimeProvider clock) : ILongWork
{
    public const string WorkKind = "rescoring";

    /// <summary>After which no write that was decided under the former model can still be under way: rows are looked through once more.</summary>
    public static readonly TimeSpan SettledAfter = TimeSpan.FromMinutes(1);

    /// <summary>Between two looks whether it may be looked through once more.</summary>
    private static readonly TimeSpan SettlePause = TimeSpan.FromSeconds(5);

    /// <summary>The page could not be done: another moved the cursor, or the writer takes nothing.</summary>
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    /// <summary>A tenant has one pass at a time.</summary>
    private const string OnlyId = "pass";

    private readonly HashSet<(string TenantId, string Id)> _begun = [];
    private Pace? _pace;
    private long _left;

    public string Kind => WorkKind;

    /// <summary>Asks for the passes that are due and that nobody is at: a model has begun to hold, or rows were made anew from the log.</summary>
    public async Task AskAsync(CancellationToken ct)
    {
        await models.FreshenAsync(ct);
        var due = new HashSet<string>(await rescorings.UnsettledAsync(ct));
        foreach (var tenantId in models.Tenants)
        {
            if (ActiveModel.Now(models, tenantId, clock) is not { } held) continue;
            var key = (tenantId, Rescoring.IdOf(held.From, held.Model.Version));
            if (_begun.Contains(key)) continue;
            if (await rescorings.FindAsync(held, ct) is null) due.Add(tenantId); // Asked for again and again until it has begun.
            else _begun.Add(key);
        }

        foreach (var tenantId in due)
        {
            await using var session = store.LightweightSession(tenantId);
            if (await TenantWork.FindAsync(session, ct) is { } open && open.Open.Any(p => p.Kind == WorkKind)) continue;
            await work.AskAsync(session, WorkKind, OnlyId, ct);
            await session.SaveChangesAsync(ct);
        }
    }

    public async Task<TimeSpan?> GoOnAsync(string tenantId, string id, CancellationToken stopping)
    {
        _pace ??= PaceOf();
        await models.FreshenAsync(stopping);
        for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < ILongWork.PageMax;)
        {
            if (ActiveModel.Now(models, tenantId, clock) is not { } held) return null;
            var pageBegun = Stopwatch.GetTimestamp();
            var state = await rescorings.FindAsync(held, stopping) ?? await rescorings.BeginAsync(held, stopping);
            Volatile.Write(ref _left, state.FinishedAt is null ? Math.Max(1, state.LeadsTotal - state.LeadsDone) : 0);
            switch (state)
            {
                case { SettledAt: not null }:
                    return null;
                case { FinishedAt: { } at } when clock.GetUtcNow() < at + SettledAfter:
                    return SettlePause;
                case { FinishedAt: not null }:
                    await EndAsync(held, state, rescorings.SettleAsync, stopping);
                    continue;
            }

            switch (await leads.RunPageAsync(held, state, stopping))
            {
                case null:
                    return RetryPause;
                case < LeadRescoring.PageLeadsMax:
                    await EndAsync(held, (await rescorings.FindAsync(held, stopping))!, rescorings.FinishAsync, stopping);
                    break;
            }

            await _pace.RestAsync(Stopwatch.GetElapsedTime(pageBegun), stopping);
        }

        return TimeSpan.Zero;
    }

    /// <summary>Unless rows are left that it did not see: then it begins with the first lead again.</summary>
    private async Task EndAsync(ActiveModel held, Rescoring state, Func<Rescoring, CancellationToken, Task> endAsync, CancellationToken ct)
    {
        if (await rescorings.HasStragglersAsync(held, state.LeadsFailed, ct)) await rescorings.WalkAgainAsync(held, state, ct);
        else await endAsync(state, ct);
    }

    private Pace PaceOf()
    {
        telemetry.ObserveLeadsToRescore(() => Volatile.Read(ref _left));
        return new(() => leads.EventsOfOthers, clock);
    }
}
