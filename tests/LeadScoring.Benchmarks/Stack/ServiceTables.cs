using LeadScoring.Host.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace LeadScoring.Benchmarks.Stack;

/// <summary>Connections set up as the service sets up its own: statements prepared, sessions not reset.</summary>
internal static class ServiceTables
{
    private const int ConnectionsMax = 8;

    /// <summary>To the service's own tables.</summary>
    public static Task<Database> OpenAsync(PrivateCluster cluster, CancellationToken ct) =>
        OpenAsync(cluster.ConnectionString, cluster, ConnectionsMax, ct);

    public static Task<Database> OpenAsync(string connectionString, PrivateCluster cluster, int connectionsMax, CancellationToken ct) =>
        Database.OpenAsync(
            new DatabaseOptions(connectionString, new PrivateClusterOptions(cluster.Folder)) { PoolSizeMax = connectionsMax }, NullLoggerFactory.Instance, ct);
}
