using LeadScoring.IntegrationTests.Setup;
using Npgsql;

namespace LeadScoring.IntegrationTests.Faults;

/// <summary>
/// A PostgreSQL of these tests' own, because they stop it, with a prepared database in it: migrated, with a tenant and a
/// key, by the service's own commands. Each test takes a copy.
/// </summary>
public sealed class FaultCluster : IAsyncLifetime
{
    public const string Tenant = "acme";
    private const string Prepared = "prepared";

    private TestCluster _cluster = null!;

    /// <summary>Works in every copy.</summary>
    public string ApiKey { get; private set; } = "";

    public async Task InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        await ExecuteAsync($"create database {Prepared} template template0");
        await RunAsync("db-apply");
        ApiKey = await RunAsync("keys", "create", "--tenant", Tenant, "--name", "producers", "--scopes", "all", "--quiet");
    }

    public Task DisposeAsync()
    {
        _cluster.Dispose();
        return Task.CompletedTask;
    }

    /// <returns>A connection string to a fresh copy.</returns>
    public async Task<string> CopyAsync()
    {
        var name = $"faults_{Guid.NewGuid():n}";
        await ExecuteAsync($"create database {name} template {Prepared}");
        return _cluster.ConnectionString(name);
    }

    /// <summary>Stops the server in immediate mode.</summary>
    public Task CrashAsync() => _cluster.CrashAsync();

    /// <summary>Starts it again; returns when it has recovered.</summary>
    public Task StartAgainAsync() => _cluster.StartAgainAsync();

    private async Task<string> RunAsync(params string[] command)
    {
        var (exitCode, output, error) = await ServiceProcess.RunAsync(_cluster.ConnectionString(Prepared), command);
        exitCode.ShouldBe(0, $"leadscoring {command[0]}: {output}{error}");
        return output.Trim();
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var admin = NpgsqlDataSource.Create(_cluster.ConnectionString("postgres") + ";Pooling=false");
        await using var command = admin.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>They take the whole machine and stop servers, so they run after everything else, one at a time.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FaultCollection : ICollectionFixture<FaultCluster>
{
    public const string Name = "faults";
}
