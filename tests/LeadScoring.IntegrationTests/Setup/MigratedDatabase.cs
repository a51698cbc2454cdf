using System.Diagnostics;
using System.Linq.Expressions;
using LeadScoring.Host;
using LeadScoring.Host.Access;
using Marten;
using Npgsql;

namespace LeadScoring.IntegrationTests.Setup;

/// <summary>A fresh migrated database for one test class; take it as an <c>IClassFixture</c>.</summary>
public class MigratedDatabase : IAsyncLifetime
{
    private const int WaitSecondsMax = 30;
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(10);

    private IDocumentStore? _documents;
    private Registry? _registry;

    public string ConnectionString { get; private set; } = "";

    /// <summary>Of <see cref="DataSource"/>, with its password, which a data source keeps to itself.</summary>
    public string PooledConnectionString { get; private set; } = "";

    public NpgsqlDataSource DataSource { get; private set; } = null!;

    /// <summary>As another instance or a command has it.</summary>
    public IDocumentStore Documents => _documents ??= MartenSetup.StoreOf(DataSource);

    /// <summary>The tenants and keys, as another instance or a command has them.</summary>
    public Registry Registry => _registry ??= MartenSetup.RegistryOf(DataSource);

    public async Task InitializeAsync()
    {
        ConnectionString = await PostgresRun.CloneMigratedAsync();

        // Prepared and without resets, as in production; a test that makes a data source of its own runs without.
        PooledConnectionString = ConnectionString + ";Maximum Pool Size=60;Max Auto Prepare=100;Auto Prepare Min Usages=2;No Reset On Close=true";
        DataSource = NpgsqlDataSource.Create(PooledConnectionString);
    }

    public async Task DisposeAsync()
    {
        _documents?.Dispose();
        _registry?.Dispose();
        await DataSource.DisposeAsync();
    }

    /// <summary>How many documents of a tenant there are.</summary>
    public async Task<int> CountAsync<T>(string tenantId, Expression<Func<T, bool>> which)
        where T : notnull
    {
        await using var session = Documents.QuerySession(tenantId);
        return await session.Query<T>().CountAsync(which);
    }

    /// <summary>The first column of the first row.</summary>
    public async Task<T> ScalarAsync<T>(string sql, params object[] parameters)
    {
        await using var command = DataSource.CreateCommand(sql);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        }

        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task ExecuteAsync(string sql, params object[] parameters)
    {
        await using var command = DataSource.CreateCommand(sql);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        }

        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Returns when <paramref name="waiters"/> other connections wait for locks that <paramref name="holder"/> holds.</summary>
    public Task UntilWaitingForLockAsync(NpgsqlConnection holder, int waiters = 1) => UntilAsync(
        "select count(*) >= $2 from pg_stat_activity where $1 = any(pg_blocking_pids(pid))", holder.ProcessID, waiters);

    /// <summary>Asks again and again until the answer is true.</summary>
    /// <exception cref="TimeoutException">It is not within <see cref="WaitSecondsMax"/>.</exception>
    public static async Task UntilAsync(Func<Task<bool>> isSo, string what)
    {
        for (var started = Stopwatch.GetTimestamp(); !await isSo(); await Task.Delay(AskAgainAfter))
        {
            if (Stopwatch.GetElapsedTime(started).TotalSeconds > WaitSecondsMax) throw new TimeoutException($"Not so within {WaitSecondsMax} s: {what}");
        }
    }

    /// <summary>Asks again and again until the answer is true.</summary>
    /// <exception cref="TimeoutException">It is not within <see cref="WaitSecondsMax"/>.</exception>
    public async Task UntilAsync(string question, params object[] parameters)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await ScalarAsync<bool>(question, parameters))
        {
            if (Stopwatch.GetElapsedTime(started).TotalSeconds > WaitSecondsMax)
            {
                throw new TimeoutException($"Not true within {WaitSecondsMax} s: {question}");
            }
        }
    }
}
