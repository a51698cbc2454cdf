using System.Diagnostics;
using LeadScoring.Domain.Engagements;
using LeadScoring.Domain.Leads;
using LeadScoring.EventStore;
using LeadScoring.EventStore.Reading;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads.Writing;
using LeadScoring.Host.Operations;
using Npgsql;

namespace LeadScoring.Host.Engagements.Verdicts;

/// <summary>
/// Does retractions and restorations in steps: a stretch of the log, then some leads at a time. Every step may be done
/// twice, so that whoever finds one half done goes on with it.
/// </summary>
public sealed class VerdictWork(VerdictStore store, NpgsqlDataSource dataSource, LeadWriter writer, TimeProvider clock)
{
    /// <summary>Engagements that one retraction may be about.</summary>
    public const int EngagementsMax = 100_000;

    /// <summary>Sequence numbers searched by one statement.</summary>
    public const int SearchNumbersMax = 50_000;

    /// <summary>Leads that decide at once.</summary>
    public const int LeadsAtOnceMax = 20;

    /// <summary>Events that one command may make.</summary>
    public const int EngagementsPerCommandMax = 500;

    /// <summary>The writer is busy or the database away: how long a step waits before it is tried again.</summary>
    public static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    private readonly LogScan _log = new(dataSource);

    /// <summary>
    /// How far a search of the log goes. It begins at its beginning: when an event was stored says nothing of its place, since tenants'
    /// pasts may be written at once.
    /// </summary>
    public Task<long> FindEndAsync(CancellationToken ct) => _log.FindEndAsync(ct);

    /// <summary>Goes on until it is over, time is up, or somebody else does.</summary>
    /// <param name="timeMax">Looked at between two steps; null: as long as it takes.</param>
    /// <param name="pace">How it gives way to requests.</param>
    public async Task AdvanceAsync(VerdictKey key, TimeSpan? timeMax, Pace pace, CancellationToken ct)
    {
        if (!await store.TryLeaseAsync(key, ct)) return;
        var isFaulty = false;
        try
        {
            var begun = Stopwatch.GetTimestamp();
            while (timeMax is null || Stopwatch.GetElapsedTime(begun) < timeMax)
            {
                var stepBegun = Stopwatch.GetTimestamp();
                if (await store.FindAsync(key, ct) is not { IsOver: false } verdict) return;
                var isDone = verdict.State == VerdictState.Finding ? await SearchAsync(key, verdict, ct) : await ApplyAsync(key, verdict, ct);
                if (!isDone) await Task.Delay(RetryPause, clock, ct);
                await store.ProlongAsync(key, ct);
                await pace.RestAsync(Stopwatch.GetElapsedTime(stepBegun), ct);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // It keeps its lease: until that has run out, the others get their turn.
            isFaulty = true;
            throw;
        }
        finally
        {
            if (!isFaulty) await store.ReleaseAsync(key, CancellationToken.None);
        }
    }

    private async Task<bool> SearchAsync(VerdictKey key, Verdict verdict, CancellationToken ct)
    {
        if (verdict.Engagements > EngagementsMax)
        {
            await store.FailAsync(key, "too_many_engagements", clock.GetUtcNow(), ct);
            return true;
        }

        await store.SearchAsync(
            key, verdict.Window!, verdict.LogPosition, Math.Min(verdict.LogPosition + SearchNumbersMax, verdict.LogEnd), ct);
        return true;
    }

    /// <returns>False: not all could be done just now.</returns>
    private async Task<bool> ApplyAsync(VerdictKey key, Verdict verdict, CancellationToken ct)
    {
        var leads = await store.LeadsAsync(key, LeadsAtOnceMax, ct);
        if (leads.Count == 0)
        {
            await store.FinishAsync(key, clock.GetUtcNow(), ct);
            return true;
        }

        var metadata = new EventMetadata(CorrelationId: null, CausationId: key.Id.ToString(), verdict.Actor, TraceParent: null);
        var refusals = await Task.WhenAll(leads.Select(l => ApplyAsync(key, verdict, l, metadata, ct)));
        await store.LeadsDoneAsync(key, [.. leads.Where((_, i) => refusals[i] is null).Select(l => l.LeadId)], ct);
        if (refusals.FirstOrDefault(r => r is { Status: 500 }) is { } fault) await store.FailAsync(key, fault.Code, clock.GetUtcNow(), ct);
        return refusals.All(r => r is null);
    }

    /// <returns>Null: done. A lead that is archived takes no changes, now or later: it is done too.</returns>
    private async Task<Refusal?> ApplyAsync(VerdictKey key, Verdict verdict, VerdictLead lead, EventMetadata metadata, CancellationToken ct)
    {
        var left = lead.Engagements.Count;
        foreach (var some in lead.Engagements.Chunk(EngagementsPerCommandMax))
        {
            left -= some.Length;
            ILeadCommand command = key.Kind == VerdictKind.Retraction
                ? new RetractEngagements(some.ToHashSet(), verdict.Reason, verdict.Actor, key.Id, IsLast: left == 0)
                : new RestoreEngagements(some.ToHashSet(), verdict.Reason, verdict.Actor, key.Id, verdict.OfRetraction);
            var outcome = await writer.SubmitAsync(key.TenantId, lead.LeadId, command, expectedVersion: null, metadata, ct);
            if (outcome.Refusal is { Status: >= 500 } refusal) return refusal;
        }

        return null;
    }
}
