using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Storage;
using Marten;

namespace LeadScoring.Host.Jobs;

public enum JobCreation
{
    Created,

    /// <summary>The same request was made before with the same key; this is what came of it.</summary>
    Repeated,

    /// <summary>The Idempotency-Key came with another request before.</summary>
    KeyReused,

    /// <summary>As many jobs of the tenant as there may be are queued or running.</summary>
    TooMany,
}

/// <summary>A finished job with what was asked of its result.</summary>
/// <param name="Section">JSON; null: the result has no such member.</param>
public sealed record JobSection(Job Job, string? Section);

/// <summary>How a run ended.</summary>
/// <param name="Result">JSON; null unless it succeeded.</param>
/// <param name="Failure">One sentence; null unless it failed.</param>
public sealed record JobEnd(JobState State, string? Result = null, string? Failure = null);

/// <summary>Which run of which job; only its latest one may change it.</summary>
public sealed record JobLease(string TenantId, Guid JobId, Guid RunId);

/// <param name="Parameters">JSON, as it was given when the job was made.</param>
public sealed record TakenJob(Job Job, string Parameters, JobLease Lease);

/// <summary>Jobs as the database has them.</summary>
public sealed class JobStore(IDocumentStore documents, TimeProvider clock)
{
    /// <summary>Those who make a tenant's jobs take turns, so that the open ones can be counted and of two requests one sees the other's job.</summary>
    internal const string CreationLock = "creation of jobs";

    /// <summary>Tenants take turns: whose latest job began longest ago is next.</summary>
    private const string TurnOrder = "(select max(s.started_at) from mt_doc_job s where s.tenant_id = d.tenant_id) nulls first, d.created_at, d.id";

    /// <summary>Finished jobs looked at when the oldest are dropped; what is left over goes when the next one ends.</summary>
    private const int FinishedReadMax = 2_000;

    /// <param name="runId">Whoever makes it runs it under this id; null: whichever instance takes it.</param>
    /// <returns>A job unless it was refused.</returns>
    public async Task<(JobCreation Outcome, Job? Job)> CreateAsync(NewJob wanted, Guid? runId, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await using var session = documents.LightweightSession(wanted.TenantId);
        await session.LockAsync(CreationLock, ct);
        if (wanted.CreationKey is { } key && await session.Query<Job>().FirstOrDefaultAsync(j => j.CreationKey == key, ct) is { } known)
        {
            return known.CreationHash.AsSpan().SequenceEqual(wanted.CreationHash) ? (JobCreation.Repeated, known) : (JobCreation.KeyReused, null);
        }

        var open = await session.Query<Job>().CountAsync(j => j.State == JobState.Queued || j.State == JobState.Running, ct);
        if (open >= JobBounds.UnfinishedPerTenantMax) return (JobCreation.TooMany, null);
        var job = new Job
        {
            Id = Guid.CreateVersion7(now),
            TenantId = wanted.TenantId,
            Kind = wanted.Kind,
            ModelVersion = wanted.ModelVersion,
            ModelId = wanted.ModelId,
            Against = wanted.Against,
            UpTo = wanted.UpTo,
            Request = wanted.Request,
            State = JobState.Queued,
            RequestedBy = wanted.RequestedBy,
            CreationKey = wanted.CreationKey,
            CreationHash = wanted.CreationHash,
            CreatedAt = now,
        };
        if (runId is { } run) job = job.Begun(run, now);
        session.Insert(job);
        session.Insert(new JobParameters(job.Id, wanted.Parameters));
        await session.SaveChangesAsync(ct);
        return (JobCreation.Created, job);
    }

    /// <param name="modelVersion">Only if it is about this version; null: about any.</param>
    /// <returns>Null: the tenant has no such job.</returns>
    public async Task<Job?> FindAsync(string tenantId, string kind, Guid id, int? modelVersion, CancellationToken ct)
    {
        await using var session = documents.QuerySession(tenantId);
        var job = await session.LoadAsync<Job>(id, ct);
        return job?.Kind == kind && (modelVersion is null || job.ModelVersion == modelVersion) ? job : null;
    }

    /// <summary>The newest first.</summary>
    /// <param name="modelVersion">Null: about any.</param>
    /// <param name="before">The last one of the page before; null: the first page.</param>
    public async Task<IReadOnlyList<Job>> ListAsync(
        string tenantId, string kind, int? modelVersion, (DateTimeOffset CreatedAt, Guid Id)? before, int limit, CancellationToken ct)
    {
        await using var session = documents.QuerySession(tenantId);
        IQueryable<Job> jobs = session.Query<Job>().Where(j => j.Kind == kind);
        if (modelVersion is { } version) jobs = jobs.Where(j => j.ModelVersion == version);
        if (before is var (at, last)) jobs = jobs.Where(j => j.CreatedAt < at || (j.CreatedAt == at && j.Id.CompareTo(last) < 0));
        return await jobs.OrderByDescending(j => j.CreatedAt).ThenByDescending(j => j.Id).Take(limit).ToListAsync(ct);
    }

    /// <returns>JSON; null: it has not succeeded.</returns>
    public async Task<string?> ResultAsync(string tenantId, Guid id, CancellationToken ct)
    {
        await using var session = documents.QuerySession(tenantId);
        return (await session.LoadAsync<JobResult>(id, ct))?.Json;
    }

    /// <param name="modelId">Of this very document: a draft that was edited since counts as not tried.</param>
    public async Task<bool> HasSucceededAsync(string tenantId, string kind, int modelVersion, string modelId, CancellationToken ct)
    {
        await using var session = documents.QuerySession(tenantId);
        return await session.Query<Job>().AnyAsync(
            j => j.Kind == kind && j.ModelVersion == modelVersion && j.ModelId == modelId && j.State == JobState.Succeeded, ct);
    }

    /// <summary>Of the successes about a document that with the most to say of today: against the active version, the furthest up the log.</summary>
    /// <param name="active">The version that holds.</param>
    /// <param name="section">The member of the result to bring along.</param>
    /// <returns>Null: there is none.</returns>
    public async Task<JobSection?> FindPreviewAsync(
        string tenantId, string kind, int modelVersion, string modelId, int active, string section, CancellationToken ct)
    {
        await using var session = documents.QuerySession(tenantId);
        var successes = await session.Query<Job>()
            .Where(j => j.Kind == kind && j.ModelVersion == modelVersion && j.ModelId == modelId && j.State == JobState.Succeeded)
            .Take(FinishedReadMax)
            .ToListAsync(ct);
        var best = successes.MaxBy(j => (j.Against == active, j.UpTo, j.FinishedAt, j.Id));
        if (best is null || await session.LoadAsync<JobResult>(best.Id, ct) is not { } result) return null;
        using var json = JsonDocument.Parse(result.Json);
        return new(best, json.RootElement.TryGetProperty(section, out var member) ? member.GetRawText() : null);
    }

    /// <summary>
    /// What nobody runs is cancelled here and now; whoever runs it learns of it with the next sign of life. A finished job stays as it is.
    /// </summary>
    /// <returns>As it is now; null: the tenant has no such job.</returns>
    public async Task<Job?> CancelAsync(string tenantId, string kind, Guid id, int? modelVersion, CancellationToken ct)
    {
        if (await FindAsync(tenantId, kind, id, modelVersion, ct) is null) return null;
        var now = clock.GetUtcNow();
        await documents.ChangeAsync<Job>(
            tenantId,
            id,
            job => job.State switch
            {
                JobState.Queued => job with { State = JobState.Cancelled, CancelRequestedAt = job.CancelRequestedAt ?? now, FinishedAt = now },
                JobState.Running when job.CancelRequestedAt is null => job with { CancelRequestedAt = now },
                _ => null,
            },
            ct);
        await DropFinishedAsync(tenantId, ct);
        return await FindAsync(tenantId, kind, id, modelVersion, ct);
    }

    /// <summary>Takes the job that waits longest, or whose run gave no sign of life.</summary>
    /// <param name="kinds">Those this instance can do.</param>
    /// <returns>Null: there is none.</returns>
    public async Task<TakenJob?> TakeAsync(string[] kinds, CancellationToken ct)
    {
        while (true)
        {
            var (now, runId) = (clock.GetUtcNow(), Guid.NewGuid());
            await using var all = documents.QuerySession();
            var next = await all.Query<Job>()
                .Where(j => j.AnyTenant() && j.Kind.IsOneOf(kinds) && (j.State == JobState.Queued || (j.State == JobState.Running && j.LeaseUntil < now)))
                .OrderBySql(TurnOrder)
                .FirstOrDefaultAsync(ct);
            if (next is null) return null;
            await using var session = documents.LightweightSession(next.TenantId);
            var parameters = await session.LoadAsync<JobParameters>(next.Id, ct);
            var taken = next.Begun(runId, now);
            if (await session.TryUpdateAsync(taken, ct)) return new(taken, parameters!.Json, new(taken.TenantId, taken.Id, runId));
        }
    }

    /// <summary>Says that the run goes on, and how far it is.</summary>
    /// <returns>Whether it is to end; null: the job is no longer this run's.</returns>
    public async Task<bool?> BeatAsync(JobLease lease, JobProgress progress, CancellationToken ct)
    {
        var until = clock.GetUtcNow() + JobBounds.LeaseMax;
        var job = await ChangeAsync(lease, job => job.With(progress) with { LeaseUntil = until }, ct);
        return job is null ? null : job.CancelRequestedAt is not null;
    }

    /// <returns>False: the job is no longer this run's, so how it ended counts for nothing.</returns>
    public async Task<bool> FinishAsync(JobLease lease, JobEnd end, JobProgress progress, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var job = await ChangeAsync(
            lease,
            job => job.With(progress) with { State = end.State, FinishedAt = now, Failure = end.Failure, RunId = null, LeaseUntil = null },
            ct,
            session =>
            {
                if (end.Result is not null) session.Store(new JobResult(lease.JobId, end.Result));
            });
        return job is not null;
    }

    /// <summary>Puts it back for another instance to begin at once.</summary>
    /// <param name="counts">Whether this was one of the <see cref="JobBounds.RunsMax"/> runs.</param>
    public Task GiveBackAsync(JobLease lease, bool counts, CancellationToken ct) => ChangeAsync(
        lease,
        job => job.With(Job.NothingDone) with
        {
            State = JobState.Queued, RunId = null, LeaseUntil = null, Runs = counts ? job.Runs : job.Runs - 1,
        },
        ct);

    /// <summary>How many there are of a kind in a state, of all tenants.</summary>
    public async Task<long> CountAsync(string kind, JobState state, CancellationToken ct)
    {
        await using var all = documents.QuerySession();
        return await all.Query<Job>().LongCountAsync(j => j.AnyTenant() && j.Kind == kind && j.State == state, ct);
    }

    /// <summary>
    /// Drops a tenant's oldest finished jobs beyond <see cref="JobBounds.FinishedPerTenantMax"/>. Of each version the success that
    /// looked furthest stays, for each model it was held against: what is asked about a version is answered by it. So does a suggestion
    /// that a version was drafted from: it holds the evidence.
    /// </summary>
    public async Task DropFinishedAsync(string tenantId, CancellationToken ct)
    {
        await using var session = documents.LightweightSession(tenantId);
        var finished = await session.Query<Job>()
            .Where(j => j.FinishedAt != null)
            .OrderByDescending(j => j.FinishedAt)
            .ThenByDescending(j => j.Id)
            .Take(FinishedReadMax)
            .ToListAsync(ct);
        if (finished.Count <= JobBounds.FinishedPerTenantMax) return;
        var kept = finished
            .Where(j => j is { State: JobState.Succeeded, ModelVersion: not null })
            .GroupBy(j => (j.Kind, j.ModelVersion, j.Against))
            .Select(g => g.MaxBy(j => (j.UpTo, j.FinishedAt, j.Id))!.Id)
            .ToHashSet();
        var dropped = finished.Skip(JobBounds.FinishedPerTenantMax).Select(j => j.Id).Where(id => !kept.Contains(id)).ToArray();
        if (dropped.Length == 0) return;
        var models = await session.LoadAsync<ScoringModels>(ModelEvents.StreamOf(tenantId).StreamId, ct);
        if (models is not null) dropped = [.. dropped.Except(models.Versions.Select(v => v.SuggestionId ?? Guid.Empty))];
        session.DeleteWhere<Job>(j => j.Id.IsOneOf(dropped));
        session.DeleteWhere<JobParameters>(p => p.Id.IsOneOf(dropped));
        session.DeleteWhere<JobResult>(r => r.Id.IsOneOf(dropped));
        await session.SaveChangesAsync(ct);
    }

    /// <summary>Only while the job is this run's.</summary>
    private Task<Job?> ChangeAsync(JobLease lease, Func<Job, Job> change, CancellationToken ct, Action<IDocumentSession>? beside = null) =>
        documents.ChangeAsync<Job>(
            lease.TenantId, lease.JobId, job => job.State == JobState.Running && job.RunId == lease.RunId ? change(job) : null, ct, beside);
}
