using System.Diagnostics;
using LeadScoring.Contracts;
using LeadScoring.Domain.Engagements;
using LeadScoring.Domain.Leads;
using LeadScoring.Host.Events;
using LeadScoring.Host.Http;
using LeadScoring.Host.Jobs;
using LeadScoring.Host.Leads.Writing;
using LeadScoring.Host.Operations;
using LeadScoring.Host.Storage;
using Npgsql;

namespace LeadScoring.Host.Engagements.Retractions;

/// <summary>
/// Does retractions and restorations in steps: a stretch of the log, then some leads at a time. Every step may be done
/// twice, so that whoever finds one half done goes on with it.
/// </summary>
public sealed class RetractionWork(RetractionStore store, NpgsqlDataSource dataSource, LeadWriter writer, TimeProvider clock) : ILongWork
{
    public const string WorkKind = "retraction";

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

    public string Kind => WorkKind;

    public async Task<TimeSpan?> GoOnAsync(string tenantId, string id, CancellationToken stopping)
    {
        var (key, pace, begun) = (RetractionKey.Of(tenantId, id), Pace.BesideOf(writer, clock), Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(begun) < ILongWork.PageMax)
        {
            var stepBegun = Stopwatch.GetTimestamp();
            if (await store.FindAsync(key, stopping) is not { IsOver: false } retraction) return null;
            if (retraction.State == RetractionState.Finding)
            {
                await store.SearchAsync(retraction, Math.Min(retraction.LogPosition + SearchNumbersMax, retraction.LogEnd), stopping);
            }
            else if (!await ApplyAsync(key, retraction, stopping))
            {
                return RetryPause;
            }

            await pace.RestAsync(Stopwatch.GetElapsedTime(stepBegun), stopping);
        }

        return TimeSpan.Zero;
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
