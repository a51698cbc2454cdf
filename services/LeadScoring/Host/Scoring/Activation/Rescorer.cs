using System.Diagnostics;
using LeadScoring.Host.Operations;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Storage;

namespace LeadScoring.Host.Scoring.Activation;

/// <summary>
/// Scores all leads of a tenant under the model that has begun to hold, for as long as the service runs; one instance at a time does, any
/// may take over where the last page ended. It gives way to whatever else is written.
/// </summary>
public sealed class Rescorer(
    LeadRescoring leads, Rescorings rescorings, HeldReleases releases, TenantModels models, Leadership leadership, Telemetry telemetry, TimeProvider clock, ILogger<Rescorer> logger)
    : BackgroundService
{
    /// <summary>Between two looks when there is nothing to do: how late a pass may begin.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>After which no write that was decided under the former model can still be under way: rows are looked through once more.</summary>
    public static readonly TimeSpan SettledAfter = TimeSpan.FromMinutes(1);

    private readonly HashSet<(string TenantId, string Id)> _settled = [];
    private long _left;

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        telemetry.ObserveLeadsToRescore(() => Volatile.Read(ref _left));
        return leadership.RunAsync(LeaderOf.Rescoring, LeadAsync, stoppingToken);
    }

    /// <summary>Held leads are released while others are still looked at. If either ends, both begin again.</summary>
    private async Task LeadAsync(CancellationToken ct)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task[] work = [RescoreAsync(ending.Token), releases.RunAsync(ending.Token)];
        await Task.WhenAny(work);
        await ending.CancelAsync();
        await Task.WhenAll(work);
    }

    private async Task RescoreAsync(CancellationToken ct)
    {
        _settled.Clear();
        var pace = new Pace(() => leads.EventsOfOthers, clock);
        while (!ct.IsCancellationRequested)
        {
            await models.FreshenAsync(ct);
            var left = 0L;
            foreach (var tenantId in models.Tenants) left += await TryPageAsync(tenantId, pace, ct);
            Volatile.Write(ref _left, left);
            if (left == 0) await Task.Delay(Pause, clock, ct);
        }
    }

    /// <summary>A fault of one tenant must not keep the others from their turn.</summary>
    private async Task<long> TryPageAsync(string tenantId, Pace pace, CancellationToken ct)
    {
        try
        {
            return await RunPageAsync(tenantId, pace, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException && !StoreFailures.IsUnavailable(e))
        {
            logger.LogError(e, "Leads of tenant {TenantId} could not be scored under the model that holds; it is tried again", tenantId);
            return 0;
        }
    }

    /// <returns>How many leads of the tenant are left to be looked at.</returns>
    private async Task<long> RunPageAsync(string tenantId, Pace pace, CancellationToken ct)
    {
        if (ActiveModel.Now(models, tenantId, clock) is not { } held) return 0;
        var started = Stopwatch.GetTimestamp();
        var state = await rescorings.FindAsync(held, ct) ?? await rescorings.BeginAsync(held, ct);
        if (state.FinishedAt is { } finishedAt)
        {
            if (!_settled.Contains(state.Key)) await SettleAsync(held, state, finishedAt, ct);
            return 0;
        }

        _settled.Remove(state.Key);
        switch (await leads.RunPageAsync(held, state, ct))
        {
            case null:
                await Task.Delay(Pause, clock, ct);
                break;
            case < LeadRescoring.PageLeadsMax:
                await EndWalkAsync(held, ct);
                break;
        }

        await pace.RestAsync(Stopwatch.GetElapsedTime(started), ct);
        return Math.Max(1, state.LeadsTotal - state.LeadsDone);
    }

    private async Task EndWalkAsync(ActiveModel held, CancellationToken ct)
    {
        var state = (await rescorings.FindAsync(held, ct))!;
        if (await rescorings.HasStragglersAsync(held, state.LeadsFailed, ct)) await rescorings.WalkAgainAsync(held, state, ct);
        else await rescorings.FinishAsync(state, ct);
    }

    private async Task SettleAsync(ActiveModel held, Rescoring state, DateTimeOffset finishedAt, CancellationToken ct)
    {
        if (clock.GetUtcNow() < finishedAt + SettledAfter) return;
        if (await rescorings.HasStragglersAsync(held, state.LeadsFailed, ct)) await rescorings.WalkAgainAsync(held, state, ct);
        else _settled.Add(state.Key);
    }
}
