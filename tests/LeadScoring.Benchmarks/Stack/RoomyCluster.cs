using LeadScoring.IntegrationTests.Setup;
using Npgsql;

namespace LeadScoring.Benchmarks.Stack;

/// <summary>
/// A private cluster as deploy/postgres.sh makes it, with room for several services, and as it is
/// after some hours of work: a server writes its log into files of before the last checkpoint. A cluster just made has none and
/// fills a file with zeros, 16 MiB at a time, while everybody's commits wait.
/// </summary>
internal static class RoomyCluster
{
    private const int ConnectionsMax = 200;

    /// <summary>Of 16 MiB: more than is written between two checkpoints.</summary>
    private const int LogFiles = 160;

    /// <summary>An empty file would not be left for the next one.</summary>
    private const string FillLogFile = "select pg_logical_emit_message(false, 'benchmark', 'file')";

    /// <exception cref="Host.StartupRefusal">The cluster cannot be started as things are.</exception>
    public static async Task<PrivateCluster> StartAsync(string folder, CancellationToken ct)
    {
        var cluster = await PrivateCluster.StartAsync(folder, $"max_connections={ConnectionsMax}", $"min_wal_size={LogFiles * 16}MB");
        try
        {
            await MakeLogFilesAsync(cluster, ct);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    private static async Task MakeLogFilesAsync(PrivateCluster cluster, CancellationToken ct)
    {
        var owner = new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Username = "postgres", Database = "postgres", Pooling = false };
        await using var connection = new NpgsqlConnection(owner.ConnectionString);
        await connection.OpenAsync(ct);
        for (var i = 0; i < LogFiles; i++)
        {
            await RunAsync(connection, FillLogFile, ct);
            await RunAsync(connection, "select pg_switch_wal()", ct);
        }

        await RunAsync(connection, "checkpoint", ct);
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }
}
