using LeadScoring.Benchmarks.Scenarios;
using LeadScoring.Benchmarks.Seeding;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.Benchmarks.Traffic;
using LeadScoring.IntegrationTests.Setup;
using Npgsql;

namespace LeadScoring.Benchmarks.Growth;

/// <summary>One database of the study with what runs on it.</summary>
internal sealed class GrowthDatabase : IAsyncDisposable
{
    private const string ReadCacheUse = "select blks_hit, blks_read from pg_stat_database where datname = current_database()";

    /// <summary>Engagements beforehand of each lead that is posted to.</summary>
    private const int EngagementsEach = 3;

    /// <summary>Of those whose events are stored and who are not posted to.</summary>
    private const int FirstStoredLead = 5_000_000;

    private static readonly TimeSpan VerifyMax = TimeSpan.FromHours(2);

    private readonly string connectionString;
    private readonly List<ServiceProcess> services = [];
    private readonly Ledger posted = new();

    private GrowthDatabase(string connectionString, int stored)
    {
        (this.connectionString, Stored) = (connectionString, stored);
        Source = NpgsqlDataSource.Create(connectionString);
    }

    public int Stored { get; }

    public NpgsqlDataSource Source { get; }

    public IReadOnlyList<ServiceProcess> Services => services;

    public Ledger Posted => posted;

    /// <summary>What the seeded log and its leads take; null: nothing was seeded.</summary>
    public StoredBytes? Bytes { get; private set; }

    /// <summary>Makes and fills it, starts its services and makes the population known to them.</summary>
    /// <exception cref="Host.StartupRefusal">Something does not start.</exception>
    public static async Task<GrowthDatabase> MakeAsync(
        PrivateCluster cluster, string name, int stored, int instances, EngagementTraffic traffic, CancellationToken ct)
    {
        Console.WriteLine($"Making the database {name} with {stored:N0} events ...");
        var database = new GrowthDatabase(await NewDatabase.MakeAsync(cluster, name, ct), stored);
        try
        {
            for (var i = 0; i < instances; i++) database.services.Add(await ServiceProcess.StartAsync(database.connectionString, ct));
            if (stored > 0)
            {
                var others = traffic.Beside(stored, FirstStoredLead, GrowthOptions.LeadsOf(stored));
                await PostedHistory.PostAsync(database.services[0], others, GrowthOptions.EngagementsPerLead, database.posted, ct);
                database.Bytes = await StoredBytes.ReadAsync(database.Source, ct);
            }

            await PostedHistory.PostAsync(database.services[0], traffic, EngagementsEach, database.posted, ct);
            await NewDatabase.SettleAsync(cluster, database.connectionString, ct);
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <returns>Pages asked for and found in PostgreSQL's own cache, and all pages asked for, since the database was made.</returns>
    public async Task<CacheUse> ReadCacheUseAsync(CancellationToken ct)
    {
        await using var read = Source.CreateCommand(ReadCacheUse);
        await using var rows = await read.ExecuteReaderAsync(ct);
        await rows.ReadAsync(ct);
        return new(rows.GetInt64(0), rows.GetInt64(0) + rows.GetInt64(1));
    }

    /// <exception cref="BenchmarkFailure">The log does not hold exactly what was acknowledged.</exception>
    public async Task CheckAsync(bool verifies, CancellationToken ct)
    {
        posted.Check($"The service with {Stored:N0} events", await StoredEvents.CountEngagementsAsync(Source, ct));
        if (!verifies) return;
        var verify = await HostCommand.RunAsync(connectionString, VerifyMax, ct, "verify");
        Console.WriteLine($"  with {Stored:N0} events: {verify.LastLine} ({verify.Seconds:0} s)");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in services) await service.DisposeAsync();
        await Source.DisposeAsync();
    }
}

/// <param name="Hits">Pages found in PostgreSQL's own cache.</param>
/// <param name="Pages">All pages asked for; the rest came from the operating system, its cache or the disk.</param>
internal readonly record struct CacheUse(long Hits, long Pages)
{
    /// <summary>0 to 1.</summary>
    public double HitShare => Pages == 0 ? 1 : (double)Hits / Pages;

    public static CacheUse operator -(CacheUse later, CacheUse earlier) => new(later.Hits - earlier.Hits, later.Pages - earlier.Pages);
}
