using Npgsql;
using Xunit.Abstractions;
using Xunit.Sdk;

[assembly: TestFramework("LeadScoring.IntegrationTests.Setup.PostgresRun", "LeadScoring.IntegrationTests")]

namespace LeadScoring.IntegrationTests.Setup;

/// <summary>The test run as a whole: starts its PostgreSQL cluster when the first class asks, stops it after the last.</summary>
public sealed class PostgresRun : XunitTestFramework
{
    private const string Template = "template_migrated";

    private static readonly Lazy<Task<TestCluster>> Cluster = new(TestCluster.StartAsync);
    private static readonly Lazy<Task> MigratedTemplate = new(MigrateTemplateAsync);

    public PostgresRun(IMessageSink messages)
        : base(messages) => DisposalTracker.Add(new ClusterStop());

    /// <summary>A connection string to a fresh database with every migration applied.</summary>
    public static async Task<string> CloneMigratedAsync()
    {
        await MigratedTemplate.Value;
        return await CreateAsync(Template);
    }

    /// <summary>A connection string to a fresh, empty database.</summary>
    public static Task<string> CreateEmptyAsync() => CreateAsync("template0");

    private static async Task<string> CreateAsync(string template)
    {
        var cluster = await Cluster.Value;
        var name = $"test_{Guid.NewGuid():n}";
        await ExecuteAsync(cluster, $"create database {name} template {template}");
        return cluster.ConnectionString(name);
    }

    private static async Task MigrateTemplateAsync()
    {
        var cluster = await Cluster.Value;
        await ExecuteAsync(cluster, $"create database {Template} template template0");

        // A template with a connection open, pooled ones included, cannot be cloned.
        await using var dataSource = NpgsqlDataSource.Create(cluster.ConnectionString(Template) + ";Pooling=false");
        await Host.Storage.Schema.EnsureAsync(dataSource, mayApply: true, default);
    }

    private static async Task ExecuteAsync(TestCluster cluster, string sql)
    {
        await using var admin = NpgsqlDataSource.Create(cluster.ConnectionString("postgres") + ";Pooling=false");
        await using var command = admin.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private sealed class ClusterStop : IDisposable
    {
        public void Dispose()
        {
            if (Cluster.IsValueCreated && Cluster.Value.IsCompletedSuccessfully)
            {
                NpgsqlConnection.ClearAllPools();
                Cluster.Value.Result.Dispose();
            }
        }
    }
}
