using System.Diagnostics;
using LeadScoring.Contracts;
using LeadScoring.Domain.Engagements;
using LeadScoring.Domain.Leads;
using LeadScoring.Host.Events;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads.Writing;
using LeadScoring.Host.Operations;
using LeadScoring.Host.Storage;
using Npgsql;

namespace LeadScoring.Host.Engagements.Retractions;

/// <summary>
/// Does retractions and restorations in steps: a stretch of the log, then some leads at a time. Every step may be done
/// twice, so that whoever finds one half done goes on with it.
/// </summary>
public sealed class RetractionWork(RetractionStore store, NpgsqlDataSource dataSource, LeadWriter writer, TimeProvider clock)
{
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
    public async Task AdvanceAsync(RetractionKey key, TimeSpan? timeMax, Pace pace, CancellationToken ct)
    {
        if (!await store.TryLeaseAsync(key, ct)) return;
        var isFaulty = false;
        try
        {
            var begun = Stopwatch.GetTimestamp();
            while (timeMax is null || Stopwatch.GetElapsedTime(begun) < timeMax)
            {
                var stepBegun = Stopwatch.GetTimestamp();
                if (await store.FindAsync(key, ct) is not { IsOver: false } retraction) return;
                if (retraction.State == RetractionState.Finding)
                {
                    await store.SearchAsync(retraction, Math.Min(retraction.LogPosition + SearchNumbersMax, retraction.LogEnd), ct);
                }
                else if (!await ApplyAsync(key, retraction, ct))
                {
                    await Task.Delay(RetryPause, clock, ct);
                }

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

    /// <returns>False: not all could be done just now.</returns>
    private async Task<bool> ApplyAsync(RetractionKey key, Retraction retraction, CancellationToken ct)
    {
        var leads = await store.LeadsAsync(retraction, LeadsAtOnceMax, ct);
        var metadata = new EventMetadata(CorrelationId: null, CausationId: key.Id.ToString(), retraction.Actor, TraceParent: null);
        var refusals = await Task.WhenAll(leads.Select(l => ApplyAsync(key, retraction, l, metadata, ct)));
        await store.NoteAsync(key, retraction.LeadsDone + refusals.TakeWhile(r => r is null).Count(), ct);
        if (refusals.FirstOrDefault(r => r is { Status: 500 }) is { } fault) await store.FailAsync(key, fault.Code, ct);
        return refusals.All(r => r is null);
    }

    /// <returns>Null: done. A lead that is archived takes no changes, now or later: it is done too.</returns>
    private async Task<Refusal?> ApplyAsync(RetractionKey key, Retraction retraction, RetractionLead lead, EventMetadata metadata, CancellationToken ct)
    {
        var left = lead.Engagements.Count;
        foreach (var some in lead.Engagements.Chunk(EngagementsPerCommandMax))
        {
            left -= some.Length;
            ILeadCommand command = key.Kind == RetractionKind.Retraction
                ? new RetractEngagements(some.ToHashSet(), retraction.Reason, retraction.Actor, key.Id, IsLast: left == 0)
                : new RestoreEngagements(some.ToHashSet(), retraction.Reason, retraction.Actor, key.Id, retraction.OfRetraction);
            var outcome = await writer.SubmitAsync(key.TenantId, lead.LeadId, command, expectedVersion: null, metadata, ct);
            if (outcome.Refusal is { Status: >= 500 } refusal) return refusal;
        }

        return null;
    }
}

/// <summary>Goes on with what requests had no time for, and with what an instance that stopped has left.</summary>
public sealed class RetractionRunner(
    RetractionWork work, RetractionStore store, LeadWriter writer, TimeProvider clock, ILogger<RetractionRunner> logger) : BackgroundService
{
    /// <summary>Between two looks when there is nothing to do.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>How long one is gone on with before another has its turn.</summary>
    public static readonly TimeSpan TurnMax = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isAway = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await store.NextAsync(stoppingToken) is { } next)
                {
                    await work.AdvanceAsync(next, TurnMax, Pace.BesideOf(writer, clock), stoppingToken);
                }

                isAway = false;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Said once an outage: the loop goes on, and others say it too.
                if (!StoreFailures.IsUnavailable(e)) logger.LogError(e, "Retractions could not be gone on with");
                else if (!isAway) logger.LogWarning("Retractions wait while the database is away: {Fault}", e.Message);
                isAway = true;
            }

            await Task.Delay(Pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
