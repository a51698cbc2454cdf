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

/// <summary>A job whose run begins.</summary>
/// <param name="Parameters">JSON, as it was given when the job was made.</param>
public sealed record BegunJob(Job Job, string Parameters);

/// <summary>Jobs as the database has them.</summary>
public sealed class JobStore(IDocumentStore documents, WorkQueue work, TimeProvider clock)
{
    private static readonly string TooOften =
        $"It was begun {JobBounds.RunsMax} times, and each time it was interrupted before its end; the service's log says by what.";

    /// <summary>Finished jobs looked at when the oldest are dropped; what is left over goes when the next one ends.</summary>
    private const int FinishedReadMax = 2_000;

    /// <summary>Makes it, to be done by whichever instance has its turn.</summary>
    /// <returns>A job unless it was refused.</returns>
    public async Task<(JobCreation Outcome, Job? Job)> CreateAsync(NewJob wanted, CancellationToken ct)
    {
        await using var session = documents.LightweightSession(wanted.TenantId);
        await TenantWork.LockAsync(session, ct);
        if (wanted.CreationKey is { } key && await session.Query<Job>().FirstOrDefaultAsync(j => j.CreationKey == key, ct) is { } known)
        {
            return known.CreationHash.AsSpan().SequenceEqual(wanted.CreationHash) ? (JobCreation.Repeated, known) : (JobCreation.KeyReused, null);
        }

        var open = await session.Query<Job>().CountAsync(j => j.State == JobState.Queued || j.State == JobState.Running, ct);
        if (open >= JobBounds.UnfinishedPerTenantMax) return (JobCreation.TooMany, null);
        var job = New(wanted, Guid.CreateVersion7(clock.GetUtcNow()));
        session.Insert(job);
        session.Insert(new JobParameters(job.Id, wanted.Parameters));
        await work.AskAsync(session, JobWork.WorkKind, job.Id.ToString(), ct);
        await session.SaveChangesAsync(ct);
        return (JobCreation.Created, job);
    }

    /// <summary>Keeps what somebody has done by himself as a job that succeeded.</summary>
    public async Task KeepAsync(NewJob wanted, Guid id, DateTimeOffset startedAt, JobProgress progress, string result, CancellationToken ct)
    {
        await using (var session = documents.LightweightSession(wanted.TenantId))
        {
            session.Insert(New(wanted, id).With(progress) with
            {
                State = JobState.Succeeded, Runs = 1, CreatedAt = startedAt, StartedAt = startedAt, FinishedAt = clock.GetUtcNow(),
            });
            session.Insert(new JobParameters(id, wanted.Parameters));
            session.Insert(new JobResult(id, result));
            await session.SaveChangesAsync(ct);
        }

        await DropFinishedAsync(wanted.TenantId, ct);
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

    /// <summary>Begins a run, or ends the job that is to have none.</summary>
    /// <param name="hasRoom">False: it is only ended, if it is to be.</param>
    /// <returns>What has begun; whether the job is over.</returns>
    public async Task<(BegunJob? Begun, bool IsOver)> BeginAsync(string tenantId, Guid id, bool hasRoom, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var job = await documents.ChangeAsync<Job>(
            tenantId,
            id,
            job => job switch
            {
                { IsFinished: true } => null,
                { CancelRequestedAt: not null } => job with { State = JobState.Cancelled, FinishedAt = now },
                { Runs: >= JobBounds.RunsMax } => job with { State = JobState.Failed, FinishedAt = now, Failure = TooOften },
                _ => hasRoom ? job.Begun(Guid.NewGuid(), now) : null,
            },
            ct);
        await using var session = documents.QuerySession(tenantId);
        if (job is null) return (null, await session.LoadAsync<Job>(id, ct) is not { IsFinished: false });
        return job.IsFinished ? (null, true) : (new(job, (await session.LoadAsync<JobParameters>(id, ct))!.Json), false);
    }

    /// <summary>Says how far the run is.</summary>
    /// <returns>Whether it is to end; null: the job is no longer this run's.</returns>
    public async Task<bool?> SayAsync(Job run, JobProgress progress, CancellationToken ct) =>
        await ChangeAsync(run, job => job.With(progress), ct) is { } job ? job.CancelRequestedAt is not null : null;

    /// <summary>Unless the job is no longer this run's: how it ended then counts for nothing.</summary>
    /// <returns>Whether it counts.</returns>
    public async Task<bool> FinishAsync(Job run, JobEnd end, JobProgress progress, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var job = await ChangeAsync(
            run,
            job => job.With(progress) with { State = end.State, FinishedAt = now, Failure = end.Failure, RunId = null },
            ct,
            session =>
            {
                if (end.Result is not null) session.Store(new JobResult(run.Id, end.Result));
            });
        return job is not null;
    }

    /// <summary>Puts it back for another instance to begin at once; the run does not count.</summary>
    public Task GiveBackAsync(Job run, CancellationToken ct) => ChangeAsync(
        run, job => job.With(Job.NothingDone) with { State = JobState.Queued, RunId = null, Runs = job.Runs - 1 }, ct);

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

    private Job New(NewJob wanted, Guid id) => new()
    {
        Id = id,
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
        CreatedAt = clock.GetUtcNow(),
    };

    /// <param name="run">As it was begun: only while the job is still this run's.</param>
    private Task<Job?> ChangeAsync(Job run, Func<Job, Job> change, CancellationToken ct, Action<IDocumentSession>? beside = null) =>
        documents.ChangeAsync<Job>(
            run.TenantId, run.Id, job => job.State == JobState.Running && job.RunId == run.RunId ? change(job) : null, ct, beside);
}
