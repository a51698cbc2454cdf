using System.Diagnostics;
using LeadScoring.Domain.Qualification;
using LeadScoring.Host.Engagements;
using LeadScoring.Host.Jobs;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Writing;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Storage;
using Marten;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Scoring.Activation;

/// <summary>
/// Hands held leads off in slices. A lead is taken for a release, and counts, before the writer is asked; what was taken is seen to
/// before more is. So a release never gives more than it was allowed to, whoever crashes when, and no lead is handed off twice: the lead
/// itself decides.
/// </summary>
public sealed class HeldReleases(
    IDocumentStore store, NpgsqlDataSource dataSource, Rescorings rescorings, LeadWriter writer, TenantModels models, WorkQueue work, TimeProvider clock, ILogger<HeldReleases> logger)
    : ILongWork
{
    public const string WorkKind = "release";

    /// <summary>Leads taken and handed off together.</summary>
    public const int PageLeadsMax = 500;

    /// <summary>Releases of a version that are listed.</summary>
    public const int ReleasesMax = 100;

    /// <summary>Releases of a version that may be open at once.</summary>
    public const int OpenMax = 10;

    /// <summary>Between two looks at a release that gives some a day.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private const int StatusUnavailable = 503;
    private const string CoolingDown = "lead_cooling_down";

    /// <summary>Stores a release unless one of its name is stored.</summary>
    /// <returns>The stored one, which may be another of the same name; null: too many are open.</returns>
    public async Task<HeldRelease?> PutAsync(HeldRelease release, CancellationToken ct)
    {
        await using (var session = store.LightweightSession(release.TenantId))
        {
            await TenantWork.LockAsync(session, ct);
            if (await session.LoadAsync<HeldRelease>(release.Key, ct) is null)
            {
                var version = release.ModelVersion;
                if (await session.Query<HeldRelease>().CountAsync(r => r.ModelVersion == version && r.EndedAt == null, ct) >= OpenMax) return null;
                session.Insert(release);
                await work.AskAsync(session, WorkKind, release.Key, ct, delay: Pause); // Whoever stored it begins with it.
                await session.SaveChangesAsync(ct);
            }
        }

        return await FindAsync(release.TenantId, release.ModelVersion, release.Id, ct);
    }

    public async Task<HeldRelease?> FindAsync(string tenantId, int modelVersion, string id, CancellationToken ct)
    {
        await using var session = store.QuerySession(tenantId);
        return await session.LoadAsync<HeldRelease>(HeldRelease.KeyOf(modelVersion, id), ct) is { } found
            ? (await CountedAsync(tenantId, [found], ct)).Single()
            : null;
    }

    /// <summary>The latest of a version.</summary>
    public async Task<IReadOnlyList<HeldRelease>> ListAsync(string tenantId, int modelVersion, CancellationToken ct)
    {
        await using var session = store.QuerySession(tenantId);
        var latest = await session.Query<HeldRelease>()
            .Where(r => r.ModelVersion == modelVersion)
            .OrderByDescending(r => r.CreatedAt).ThenBy(r => r.Key)
            .Take(ReleasesMax)
            .ToListAsync(ct);
        return await CountedAsync(tenantId, latest, ct);
    }

    /// <summary>Gives no more; what was taken and not handed off is held as before.</summary>
    public Task CancelAsync(HeldRelease release, CancellationToken ct) => EndAsync(release, isCancelled: true, ct);

    public string Kind => WorkKind;

    public async Task<TimeSpan?> GoOnAsync(string tenantId, string id, CancellationToken stopping)
    {
        if (await OpenAsync() is { } release) await RunAsync(release, ILongWork.PageMax, stopping);
        return await OpenAsync() is null ? null : Pause;

        async Task<HeldRelease?> OpenAsync()
        {
            await using var session = store.QuerySession(tenantId);
            return await session.LoadAsync<HeldRelease>(id, stopping) is { EndedAt: null } open ? open : null;
        }
    }

    /// <summary>Hands off what the release may give now, and ends it when there is nothing more for it to do.</summary>
    /// <param name="timeMax">Looked at between two pages; null: as long as it takes.</param>
    /// <returns>False: there is more to do, later.</returns>
    public async Task<bool> RunAsync(HeldRelease release, TimeSpan? timeMax, CancellationToken ct)
    {
        for (var begun = Stopwatch.GetTimestamp(); timeMax is null || Stopwatch.GetElapsedTime(begun) < timeMax;)
        {
            var taken = await TakenAsync(release, ct);
            if (taken.Count == 0)
            {
                if (await TakeAsync(release, ct) > 0) continue;
                if (await IsOverAsync(release, ct)) await EndAsync(release, isCancelled: false, ct);
                return true;
            }

            var outcomes = await Task.WhenAll(taken.Select(lead => HandOffAsync(release, lead, ct)));
            await SettleAsync(release, [.. outcomes.OfType<Settled>()], ct);
            if (outcomes.Contains(null)) return false;
        }

        return false;
    }

    /// <returns>Null: the writer takes nothing now.</returns>
    private async Task<Settled?> HandOffAsync(HeldRelease release, Guid lead, CancellationToken ct)
    {
        var outcome = await writer.SubmitAsync(
            release.TenantId, lead, new ReleaseHeld(release.ModelVersion, release.Actor, release.Note), expectedVersion: null,
            new(null, null, release.Actor, null), ct, HandoffId(release, lead));
        switch (outcome)
        {
            // By now, or before a crash that lost the word of it. What others handed off meanwhile is not this release's.
            case { Changed: true, Lead.Lead.Handoff: { } handoff }:
                return new(lead, TakenOutcome.Released, DayOf(handoff.At));
            case { Refusal.Code: CoolingDown }:
                return new(lead, TakenOutcome.Rests, DayOf(clock.GetUtcNow()));
            case { Refusal.Status: StatusUnavailable }:
                return null;
            case { Lead.Lead: { IsHeld: true } held } when held.Hold!.ModelVersion == release.ModelVersion:
                return new(lead, TakenOutcome.FellShort, DayOf(clock.GetUtcNow()));
            default:
                if (outcome.Refusal is { } refusal) logger.LogWarning("Lead {LeadId} cannot be released ({Code})", lead, refusal.Code);
                return new(lead, TakenOutcome.Gone, DayOf(clock.GetUtcNow()));
        }
    }

    /// <summary>A release hands a lead off once. No producer's name holds NUL, so that no engagement has such an id.</summary>
    private static Guid HandoffId(HeldRelease release, Guid lead) =>
        EngagementId.Of(release.TenantId, "\0held_release", $"{release.ModelVersion} {lead} {release.Id}");

    private async Task<IReadOnlyList<Guid>> TakenAsync(HeldRelease release, CancellationToken ct)
    {
        await using var session = store.QuerySession(release.TenantId);
        if (await session.LoadAsync<HeldRelease>(release.Key, ct) is not { EndedAt: null }) return [];
        return await session.Query<TakenLead>().Where(t => t.Release == release.Key && t.Outcome == null).Take(PageLeadsMax).Select(t => t.LeadId).ToListAsync(ct);
    }

    /// <summary>Takes the best that are left, as many as the release still has to give: all in all, or today.</summary>
    private async Task<int> TakeAsync(HeldRelease release, CancellationToken ct)
    {
        await using var session = store.LightweightSession(release.TenantId);
        if (await LockAsync(session, release, ct) is not { EndedAt: null }) return 0;

        // Where a clock is ahead, tomorrow has begun: what was given then counts.
        var today = DayOf(clock.GetUtcNow());
        await using var command = new NpgsqlCommand(
            """
            select l.id
            from mt_doc_lead l
            where l.tenant_id = $1 and l.held_for = $2
              and (cardinality($4) = 0 or l.grade = any($4))
              and not exists (
                select from mt_doc_taken_lead t
                where t.tenant_id = l.tenant_id and t.lead_id = l.id and t.model_version = $2
                  and (t.outcome is null or (t.release = $3 and (t.outcome <> 'Rests' or (t.data ->> 'Day')::date = $5))))
            order by l.score desc, l.id desc
            limit greatest(0, least($6, (
              select coalesce(
                $7 - count(*) filter (where t.outcome is null or t.outcome = 'Released'),
                $8 - count(*) filter (where t.outcome is null or (t.outcome = 'Released' and (t.data ->> 'Day')::date >= $5)))
              from mt_doc_taken_lead t
              where t.tenant_id = $1 and t.release = $3)))
            """,
            session.Connection);
        command.Parameters.AddAll(
            [
                .. KeyOf(release), Sql.Many([.. release.Grades], NpgsqlDbType.Text), Sql.Of(today, NpgsqlDbType.Date),
                Sql.Of(PageLeadsMax, NpgsqlDbType.Integer), Sql.Of(release.Count, NpgsqlDbType.Integer), Sql.Of(release.PerDay, NpgsqlDbType.Integer),
            ]);
        var leads = new List<TakenLead>();
        await using (var rows = await command.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct)) leads.Add(new(release.Key, release.ModelVersion, rows.GetGuid(0), today, Outcome: null));
        }

        session.Store(leads.ToArray());
        await session.SaveChangesAsync(ct);
        return leads.Count;
    }

    /// <summary>Notes what became of leads that were taken, unless another has; one freed meanwhile that went all the same counts.</summary>
    private async Task SettleAsync(HeldRelease release, Settled[] settled, CancellationToken ct)
    {
        await using var session = store.LightweightSession(release.TenantId);
        await LockAsync(session, release, ct);
        var taken = (await session.LoadManyAsync<TakenLead>(ct, settled.Select(s => TakenLead.IdOf(release.Key, s.LeadId)))).ToDictionary(t => t.LeadId);
        foreach (var (lead, outcome, day) in settled)
        {
            if (taken[lead].Outcome is null || (taken[lead].Outcome, outcome) is (TakenOutcome.Freed, TakenOutcome.Released))
            {
                session.Store(taken[lead] with { Outcome = outcome, Day = day });
            }
        }

        await session.SaveChangesAsync(ct);
    }

    /// <summary>One that gives some a day goes on while any is held that it may still give, or may still be found to cross.</summary>
    private async Task<bool> IsOverAsync(HeldRelease release, CancellationToken ct)
    {
        if (release.PerDay is null) return true;
        if (ActiveModel.Now(models, release.TenantId, clock) is { } now && now.Model.Version == release.ModelVersion
            && await rescorings.FindAsync(now, ct) is not { FinishedAt: not null })
        {
            return false;
        }

        // Leads it has given, or that had gone on by themselves, it takes no more.
        await using var command = dataSource.CreateCommand(
            """
            select exists (
              select
              from mt_doc_lead l
              where l.tenant_id = $1 and l.held_for = $2
                and (cardinality($4) = 0 or l.grade = any($4))
                and not exists (
                  select from mt_doc_taken_lead t
                  where t.tenant_id = l.tenant_id and t.lead_id = l.id and t.release = $3 and t.outcome <> 'Rests'))
            """);
        command.Parameters.AddAll([.. KeyOf(release), Sql.Many([.. release.Grades], NpgsqlDbType.Text)]);
        return !(bool)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Not while leads it has taken are being handed off, unless it is cancelled: those under way are still counted, the others are free again.</summary>
    private async Task EndAsync(HeldRelease release, bool isCancelled, CancellationToken ct)
    {
        await using var session = store.LightweightSession(release.TenantId);
        if (await LockAsync(session, release, ct) is not { EndedAt: null } open) return;
        var taken = await session.Query<TakenLead>().Where(t => t.Release == release.Key && t.Outcome == null).ToListAsync(ct);
        if (taken.Count > 0 && !isCancelled) return;
        foreach (var lead in taken) session.Store(lead with { Outcome = TakenOutcome.Freed });
        session.Store(open with { EndedAt = clock.GetUtcNow(), IsCancelled = isCancelled });
        await session.SaveChangesAsync(ct);
    }

    /// <summary>Whoever changes what a release of a version has taken does so alone, in a transaction that is open from here on.</summary>
    /// <returns>The release as it is then.</returns>
    private static async Task<HeldRelease?> LockAsync(IDocumentSession session, HeldRelease release, CancellationToken ct)
    {
        await session.BeginTransactionAsync(ct);
        await ExecuteAsync(
            session,
            """
            select r.id
            from mt_doc_held_release r
            where r.tenant_id = $1 and (r.data ->> 'ModelVersion')::integer = $2 and (r.ended_at is null or r.id = $3)
            order by r.id
            for update
            """,
            KeyOf(release),
            ct);
        return await session.LoadAsync<HeldRelease>(release.Key, ct);
    }

    private static async Task ExecuteAsync(IDocumentSession session, string statement, NpgsqlParameter[] parameters, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(statement, session.Connection);
        command.Parameters.AddAll(parameters);
        await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<IReadOnlyList<HeldRelease>> CountedAsync(string tenantId, IReadOnlyList<HeldRelease> releases, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(
            """
            select
              t.release,
              count(*) filter (where t.outcome = 'Released'),
              count(*) filter (where t.outcome = 'Released' and (t.data ->> 'Day')::date = $3),
              count(*) filter (where t.outcome = 'Rests'),
              count(*) filter (where t.outcome = 'FellShort')
            from mt_doc_taken_lead t
            where t.tenant_id = $1 and t.release = any($2)
            group by t.release
            """);
        command.Parameters.AddAll(
            Sql.Of(tenantId, NpgsqlDbType.Text), Sql.Many([.. releases.Select(r => r.Key)], NpgsqlDbType.Text), Sql.Of(DayOf(clock.GetUtcNow()), NpgsqlDbType.Date));
        await using var rows = await command.ExecuteReaderAsync(ct);
        var counted = releases.ToDictionary(r => r.Key);
        while (await rows.ReadAsync(ct))
        {
            var key = rows.GetString(0);
            counted[key] = counted[key] with { Released = rows.GetInt64(1), ReleasedToday = rows.GetInt64(2), Resting = rows.GetInt64(3), FellShort = rows.GetInt64(4) };
        }

        return [.. releases.Select(r => counted[r.Key])];
    }

    private static DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);

    private static NpgsqlParameter[] KeyOf(HeldRelease release) =>
    [
        Sql.Of(release.TenantId, NpgsqlDbType.Text),
        Sql.Of(release.ModelVersion, NpgsqlDbType.Integer),
        Sql.Of(release.Key, NpgsqlDbType.Text),
    ];

    private sealed record Settled(Guid LeadId, TakenOutcome Outcome, DateOnly Day);
}
