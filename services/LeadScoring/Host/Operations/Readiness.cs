using LeadScoring.EventStore.Migrations;
using LeadScoring.Host.Storage;
using Npgsql;

namespace LeadScoring.Host.Operations;

/// <summary>One thing that must hold before traffic is sent here.</summary>
/// <param name="Reason">Why it does not hold; null when it does.</param>
public sealed record ReadinessCheck(string Name, bool Ok, string? Reason);

/// <summary>Whether this instance can do its work now. Asked often, so the answer is kept for a moment.</summary>
public sealed class Readiness(NpgsqlDataSource database, IHostApplicationLifetime lifetime, TimeProvider clock) : IDisposable
{
    public static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CheckMax = TimeSpan.FromSeconds(2);

    private readonly Migrator migrator = Schema.MigratorOf(database);
    private readonly SemaphoreSlim oneAtATime = new(1);
    private IReadOnlyList<ReadinessCheck> latest = [];
    private long? checkedAt;

    public async Task<IReadOnlyList<ReadinessCheck>> CheckAsync()
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return [new ReadinessCheck("running", Ok: false, "The service is shutting down.")];
        }

        await oneAtATime.WaitAsync();
        try
        {
            if (checkedAt is not { } at || clock.GetElapsedTime(at) >= KeptFor)
            {
                latest = await CheckDatabaseAsync();
                checkedAt = clock.GetTimestamp();
            }

            return latest;
        }
        finally
        {
            oneAtATime.Release();
        }
    }

    public void Dispose() => oneAtATime.Dispose();

    private async Task<IReadOnlyList<ReadinessCheck>> CheckDatabaseAsync()
    {
        using var patience = new CancellationTokenSource(CheckMax, clock);
        try
        {
            var pending = await migrator.PendingAsync(patience.Token);
            return
            [
                new ReadinessCheck("database", Ok: true, null),
                new ReadinessCheck("migrations", pending.Count == 0, pending.Count == 0 ? null : $"{pending.Count} migrations are missing."),
            ];
        }
        catch (MigrationRefusedException e)
        {
            return [new ReadinessCheck("database", Ok: true, null), new ReadinessCheck("migrations", Ok: false, e.Message)];
        }
        catch (Exception)
        {
            // Open to everybody: the reason stays general, the log of whoever needed the database has the particulars.
            return [new ReadinessCheck("database", Ok: false, "The database does not answer.")];
        }
    }
}
