using LeadScoring.Contracts;
using LeadScoring.EventStore;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

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
public sealed record JobSection(JobRow Job, string? Section);

/// <summary>How a run ended.</summary>
/// <param name="Result">JSON; null unless it succeeded.</param>
/// <param name="Failure">One sentence; null unless it failed.</param>
public sealed record JobEnd(JobState State, string? Result = null, string? Failure = null);

/// <summary>Which run of which job; only its latest one may write the row.</summary>
public sealed record JobLease(string TenantId, Guid JobId, Guid RunId);

/// <param name="Parameters">JSON, as it was given when the job was made.</param>
public sealed record TakenJob(JobRow Job, string Parameters, JobLease Lease);

/// <summary>Jobs as the database has them.</summary>
public sealed class JobStore(NpgsqlDataSource database, TimeProvider clock)
{
    // Behind the columns of JobRow.
    private const int HashAt = 18;
    private const int SectionAt = 18;
    private const int ParametersAt = 18;

    /// <summary>The first of two keys of the advisory lock under which a tenant's jobs are counted; the second is of the tenant.</summary>
    private const int CreationLock = 0x4C53_0020;

    private static readonly string LockTenantJobs = SqlText.Load(typeof(JobStore), "lock_tenant_jobs.sql");
    private static readonly string InsertJob = SqlText.Load(typeof(JobStore), "insert_job.sql");
    private static readonly string FindJob = SqlText.Load(typeof(JobStore), "find_job.sql");
    private static readonly string FindByCreationKey = SqlText.Load(typeof(JobStore), "find_job_by_creation_key.sql");
    private static readonly string ListJobs = SqlText.Load(typeof(JobStore), "list_jobs.sql");
    private static readonly string ReadResult = SqlText.Load(typeof(JobStore), "read_job_result.sql");
    private static readonly string FindPreview = SqlText.Load(typeof(JobStore), "find_preview.sql");
    private static readonly string CancelJob = SqlText.Load(typeof(JobStore), "cancel_job.sql");
    private static readonly string TakeJob = SqlText.Load(typeof(JobStore), "take_job.sql");
    private static readonly string BeatJob = SqlText.Load(typeof(JobStore), "beat_job.sql");
    private static readonly string FinishJob = SqlText.Load(typeof(JobStore), "finish_job.sql");
    private static readonly string GiveBackJob = SqlText.Load(typeof(JobStore), "give_back_job.sql");
    private static readonly string CountOpenJobs = SqlText.Load(typeof(JobStore), "count_open_jobs.sql");
    private static readonly string DropFinished = SqlText.Load(typeof(JobStore), "drop_finished_jobs.sql");

    /// <param name="runId">Whoever makes it runs it under this id; null: whichever instance takes it.</param>
    /// <returns>A job unless it was refused.</returns>
    public async Task<(JobCreation Outcome, JobRow? Job)> CreateAsync(NewJob job, Guid? runId, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        await using (var batch = database.CreateBatch())
        {
            // One transaction: the lock lasts until the job is stored, so that of two requests one sees the other's job.
            batch.BatchCommands.Add(
                Sql.BatchCommand(LockTenantJobs, Sql.Of(CreationLock, NpgsqlDbType.Integer), Sql.Of(job.TenantId, NpgsqlDbType.Text)));
            var insert = Sql.BatchCommand(
                InsertJob,
                Sql.Of(job.TenantId, NpgsqlDbType.Text),
                Sql.Of(id, NpgsqlDbType.Uuid),
                Sql.Of(job.Kind, NpgsqlDbType.Text),
                Sql.Of(job.ModelVersion, NpgsqlDbType.Integer),
                Sql.Of(job.ModelId, NpgsqlDbType.Text),
                Sql.Of(job.Request, NpgsqlDbType.Json),
                Sql.Of(job.Parameters, NpgsqlDbType.Json),
                Sql.Of(job.RequestedBy, NpgsqlDbType.Text),
                Sql.Of(job.CreationKey, NpgsqlDbType.Text),
                Sql.Of(job.CreationHash, NpgsqlDbType.Bytea),
                Sql.Of(now, NpgsqlDbType.TimestampTz),
                Sql.Of(runId, NpgsqlDbType.Uuid),
                Lease,
                Sql.Of((long)JobBounds.UnfinishedPerTenantMax, NpgsqlDbType.Bigint));
            batch.BatchCommands.Add(insert);
            await batch.ExecuteNonQueryAsync(ct);
            if (insert.RecordsAffected == 1)
            {
                return (JobCreation.Created, await FindAsync(job.TenantId, job.Kind, id, modelVersion: null, ct));
            }
        }

        if (job.CreationKey is null || await FindByKeyAsync(job, ct) is not { } known) return (JobCreation.TooMany, null);
        return known.Hash.AsSpan().SequenceEqual(job.CreationHash) ? (JobCreation.Repeated, known.Job) : (JobCreation.KeyReused, null);
    }

    /// <param name="modelVersion">Only if it is about this version; null: about any.</param>
    /// <returns>Null: the tenant has no such job.</returns>
    public async Task<JobRow?> FindAsync(string tenantId, string kind, Guid id, int? modelVersion, CancellationToken ct)
    {
        await using var command = database.CreateCommand(FindJob);
        command.Parameters.AddAll(
            Sql.Of(tenantId, NpgsqlDbType.Text),
            Sql.Of(id, NpgsqlDbType.Uuid),
            Sql.Of(kind, NpgsqlDbType.Text),
            Sql.Of(modelVersion, NpgsqlDbType.Integer));
        await using var rows = await command.ExecuteReaderAsync(ct);
        return await rows.ReadAsync(ct) ? JobRow.Read(rows) : null;
    }

    /// <summary>The newest first.</summary>
    /// <param name="before">The last one of the page before; null: the first page.</param>
    public async Task<IReadOnlyList<JobRow>> ListAsync(
        string tenantId, string kind, int? modelVersion, (DateTimeOffset CreatedAt, Guid Id)? before, int limit, CancellationToken ct)
    {
        await using var command = database.CreateCommand(ListJobs);
        command.Parameters.AddAll(
            Sql.Of(tenantId, NpgsqlDbType.Text),
            Sql.Of(kind, NpgsqlDbType.Text),
            Sql.Of(modelVersion, NpgsqlDbType.Integer),
            Sql.Of(before?.CreatedAt, NpgsqlDbType.TimestampTz),
            Sql.Of(before?.Id, NpgsqlDbType.Uuid),
            Sql.Of(limit, NpgsqlDbType.Integer));
        await using var rows = await command.ExecuteReaderAsync(ct);
        var jobs = new List<JobRow>();
        while (await rows.ReadAsync(ct)) jobs.Add(JobRow.Read(rows));
        return jobs;
    }

    /// <returns>JSON; null: it has not succeeded.</returns>
    public async Task<string?> ResultAsync(string tenantId, Guid id, CancellationToken ct)
    {
        await using var command = database.CreateCommand(ReadResult);
        command.Parameters.AddAll(Sql.Of(tenantId, NpgsqlDbType.Text), Sql.Of(id, NpgsqlDbType.Uuid));
        return await command.ExecuteScalarAsync(ct) as string;
    }

    /// <summary>Of the successes about a document that with the most to say of today: against the active version, the furthest up the log.</summary>
    /// <param name="active">The version that holds.</param>
    /// <param name="section">The member of the result to bring along.</param>
    /// <returns>Null: there is none.</returns>
    public async Task<JobSection?> FindPreviewAsync(
        string tenantId, string kind, int modelVersion, string modelId, int active, string section, CancellationToken ct)
    {
        await using var command = database.CreateCommand(FindPreview);
        command.Parameters.AddAll(
            Sql.Of(tenantId, NpgsqlDbType.Text),
            Sql.Of(kind, NpgsqlDbType.Text),
            Sql.Of(modelVersion, NpgsqlDbType.Integer),
            Sql.Of(modelId, NpgsqlDbType.Text),
            Sql.Of(section, NpgsqlDbType.Text),
            Sql.Of(active, NpgsqlDbType.Integer));
        await using var rows = await command.ExecuteReaderAsync(ct);
        if (!await rows.ReadAsync(ct)) return null;
        return new(JobRow.Read(rows), rows.IsDBNull(SectionAt) ? null : rows.GetString(SectionAt));
    }

    /// <summary>A finished job stays as it is.</summary>
    /// <returns>As it is now; null: the tenant has no such job.</returns>
    public async Task<JobRow?> CancelAsync(string tenantId, string kind, Guid id, int? modelVersion, CancellationToken ct)
    {
        if (await FindAsync(tenantId, kind, id, modelVersion, ct) is null) return null;
        await using (var command = database.CreateCommand(CancelJob))
        {
            command.Parameters.AddAll(
                Sql.Of(tenantId, NpgsqlDbType.Text),
                Sql.Of(id, NpgsqlDbType.Uuid),
                Sql.Of(kind, NpgsqlDbType.Text),
                Sql.Of(clock.GetUtcNow(), NpgsqlDbType.TimestampTz));
            await command.ExecuteNonQueryAsync(ct);
        }

        return await FindAsync(tenantId, kind, id, modelVersion, ct);
    }

    /// <summary>Takes the job that waits longest, or whose run gave no sign of life.</summary>
    /// <param name="kinds">Those this instance can do.</param>
    /// <returns>Null: there is none.</returns>
    public async Task<TakenJob?> TakeAsync(string[] kinds, CancellationToken ct)
    {
        var runId = Guid.NewGuid();
        await using var command = database.CreateCommand(TakeJob);
        command.Parameters.AddAll(
            Sql.Of(runId, NpgsqlDbType.Uuid),
            Lease,
            Sql.Of(clock.GetUtcNow(), NpgsqlDbType.TimestampTz),
            Sql.Many(kinds, NpgsqlDbType.Text));
        await using var rows = await command.ExecuteReaderAsync(ct);
        if (!await rows.ReadAsync(ct)) return null;
        var job = JobRow.Read(rows);
        return new(job, rows.GetString(ParametersAt), new(job.TenantId, job.Id, runId));
    }

    /// <summary>Says that the run goes on, and how far it is.</summary>
    /// <returns>Whether it is to end; null: the job is no longer this run's.</returns>
    public async Task<bool?> BeatAsync(JobLease lease, JobProgress progress, CancellationToken ct)
    {
        await using var command = database.CreateCommand(BeatJob);
        command.Parameters.AddAll([.. Key(lease), Lease, .. Columns(progress)]);
        return await command.ExecuteScalarAsync(ct) as bool?;
    }

    /// <returns>False: the job is no longer this run's, so how it ended counts for nothing.</returns>
    public async Task<bool> FinishAsync(JobLease lease, JobEnd end, JobProgress progress, CancellationToken ct)
    {
        await using var command = database.CreateCommand(FinishJob);
        command.Parameters.AddAll(
        [
            .. Key(lease),
            Sql.Of(JobRow.TextOf(end.State), NpgsqlDbType.Text),
            Sql.Of(clock.GetUtcNow(), NpgsqlDbType.TimestampTz),
            Sql.Of(end.Result, NpgsqlDbType.Json),
            Sql.Of(end.Failure, NpgsqlDbType.Text),
            .. Columns(progress),
        ]);
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    /// <summary>Puts it back for another instance to begin at once.</summary>
    /// <param name="counts">Whether this was one of the <see cref="JobBounds.RunsMax"/> runs.</param>
    public async Task GiveBackAsync(JobLease lease, bool counts, CancellationToken ct)
    {
        await using var command = database.CreateCommand(GiveBackJob);
        command.Parameters.AddAll([.. Key(lease), Sql.Of(counts ? 0 : 1, NpgsqlDbType.Integer)]);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>How many are queued and running, of all tenants; what is not listed is none.</summary>
    public async Task<IReadOnlyDictionary<(string Kind, JobState State), long>> CountOpenAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand(CountOpenJobs);
        await using var rows = await command.ExecuteReaderAsync(ct);
        var counts = new Dictionary<(string, JobState), long>();
        while (await rows.ReadAsync(ct)) counts.Add((rows.GetString(0), JobRow.StateOf(rows.GetString(1))), rows.GetInt64(2));
        return counts;
    }

    /// <summary>Drops a tenant's oldest finished jobs beyond <see cref="JobBounds.FinishedPerTenantMax"/>.</summary>
    public async Task DropFinishedAsync(string tenantId, CancellationToken ct)
    {
        await using var command = database.CreateCommand(DropFinished);
        command.Parameters.AddAll(
            Sql.Of(tenantId, NpgsqlDbType.Text),
            Sql.Of(JobBounds.FinishedPerTenantMax, NpgsqlDbType.Integer),
            Sql.Of(ModelEvents.StreamOf(tenantId).StreamId, NpgsqlDbType.Uuid));
        await command.ExecuteNonQueryAsync(ct);
    }

    private static NpgsqlParameter Lease => Sql.Of(JobBounds.LeaseMax, NpgsqlDbType.Interval);

    private static NpgsqlParameter[] Key(JobLease lease) =>
    [
        Sql.Of(lease.TenantId, NpgsqlDbType.Text), Sql.Of(lease.JobId, NpgsqlDbType.Uuid), Sql.Of(lease.RunId, NpgsqlDbType.Uuid),
    ];

    private static NpgsqlParameter[] Columns(JobProgress progress) =>
    [
        Sql.Of(progress.Events, NpgsqlDbType.Bigint),
        Sql.Of(progress.EventsTotal ?? 0, NpgsqlDbType.Bigint),
        Sql.Of(progress.Leads, NpgsqlDbType.Bigint),
        Sql.Of(progress.EventsPerSecond, NpgsqlDbType.Double),
    ];

    private async Task<(JobRow Job, byte[] Hash)?> FindByKeyAsync(NewJob job, CancellationToken ct)
    {
        await using var command = database.CreateCommand(FindByCreationKey);
        command.Parameters.AddAll(Sql.Of(job.TenantId, NpgsqlDbType.Text), Sql.Of(job.CreationKey, NpgsqlDbType.Text));
        await using var rows = await command.ExecuteReaderAsync(ct);
        return await rows.ReadAsync(ct) ? (JobRow.Read(rows), rows.GetFieldValue<byte[]>(HashAt)) : null;
    }
}
