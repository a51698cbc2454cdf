using LeadScoring.Contracts;
using LeadScoring.Host.Backtests;
using LeadScoring.Host.Jobs;
using LeadScoring.Host.Storage;
using LeadScoring.IntegrationTests.Setup;
using Marten;
using Npgsql;

namespace LeadScoring.IntegrationTests.Jobs;

/// <summary>Jobs as they are stored.</summary>
internal static class StoredJobs
{
    /// <summary>A success of long ago that nobody asked for over HTTP.</summary>
    public static Job Finished(string kind = BacktestJob.Kind, string tenantId = "acme") => new()
    {
        Id = Guid.NewGuid(),
        TenantId = tenantId,
        Kind = kind,
        ModelVersion = 1,
        ModelId = "x",
        UpTo = 1,
        Request = """{"basedOn":1,"against":1,"upTo":1}""",
        State = JobState.Succeeded,
        RequestedBy = "test",
        CreationHash = [],
        CreatedAt = DateTimeOffset.UtcNow.AddDays(-2),
        FinishedAt = DateTimeOffset.UtcNow.AddDays(-2),
        Runs = 1,
    };

    /// <summary>Of all tenants, by when they finished.</summary>
    public static async Task<IReadOnlyList<Job>> JobsAsync(this MigratedDatabase database)
    {
        await using var session = database.Documents.QuerySession();
        return await session.Query<Job>().Where(j => j.AnyTenant()).OrderBy(j => j.FinishedAt).ToListAsync();
    }

    public static async Task AddJobsAsync(this MigratedDatabase database, string tenantId, IEnumerable<Job> jobs)
    {
        await using var session = database.Documents.LightweightSession(tenantId);
        session.Insert(jobs);
        await session.SaveChangesAsync();
    }

    /// <summary>Lets a job be made whose run then comes to a stop where it counts leads: what the making reads of their table is read by then.</summary>
    /// <param name="holder">In a transaction, until whose end the run stands still.</param>
    /// <param name="make">Makes the job, or begins to.</param>
    public static async Task<T> MakeAndHoldAsync<T>(this IDocumentStore documents, string tenantId, NpgsqlConnection holder, Func<Task<T>> make)
    {
        await using var creating = documents.LightweightSession(tenantId);
        await TenantWork.LockAsync(creating, default);
        var making = make();
        await using var command = holder.CreateCommand();
        command.CommandText = $"select exists (select from pg_locks l where not l.granted and {creating.Connection.ProcessID} = any(pg_blocking_pids(l.pid)))";
        while (await command.ExecuteScalarAsync() is not true) await Task.Delay(5);
        command.CommandText = "lock table mt_streams in access exclusive mode";
        await command.ExecuteNonQueryAsync();
        await creating.DisposeAsync();
        return await making;
    }

    /// <summary>As if its instance had died in the middle of a run.</summary>
    public static async Task AbandonJobAsync(this MigratedDatabase database, Guid id, Func<Job, Job> change)
    {
        var abandoned = await database.Documents.ChangeAsync<Job>("acme", id, job => change(job with { State = JobState.Running, RunId = Guid.NewGuid() }), default);
        abandoned.ShouldNotBeNull();
    }
}
