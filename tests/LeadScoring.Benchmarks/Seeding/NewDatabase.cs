using LeadScoring.IntegrationTests.Setup;
using Npgsql;

namespace LeadScoring.Benchmarks.Seeding;

/// <summary>Further databases of the benchmark's cluster.</summary>
internal static class NewDatabase
{
    private const string Superuser = "postgres";

    /// <param name="name">Letters, digits, underscores.</param>
    /// <returns>Its connection string.</returns>
    public static async Task<string> MakeAsync(PrivateCluster cluster, string name, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(cluster.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(ct);

        // The name of a database cannot be a parameter.
        await using var create = new NpgsqlCommand($"create database \"{name}\"", connection);
        await create.ExecuteNonQueryAsync(ct);
        return new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Database = name }.ConnectionString;
    }

    /// <summary>It may still be in use, by autovacuum too, whose processes are the superuser's.</summary>
    public static async Task DropAsync(PrivateCluster cluster, string connectionString)
    {
        await using var connection = new NpgsqlConnection(AsSuperuser(cluster));
        await connection.OpenAsync();
        var name = new NpgsqlConnectionStringBuilder(connectionString).Database;
        await using var drop = new NpgsqlCommand($"drop database \"{name}\" with (force)", connection);
        await drop.ExecuteNonQueryAsync();
    }

    /// <summary>
    /// What was posted goes to disk here and not within a measurement. Autovacuum would come in time; a log that was posted at once would be
    /// read without statistics until then.
    /// </summary>
    public static async Task SettleAsync(PrivateCluster cluster, string connectionString, CancellationToken ct)
    {
        await using (var own = new NpgsqlConnection(connectionString + ";Pooling=false;Command Timeout=0"))
        {
            await own.OpenAsync(ct);
            await using var vacuum = new NpgsqlCommand("vacuum (analyze)", own);
            await vacuum.ExecuteNonQueryAsync(ct);
        }

        await CheckpointAsync(cluster, ct);
    }

    public static async Task CheckpointAsync(PrivateCluster cluster, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(AsSuperuser(cluster));
        await connection.OpenAsync(ct);
        await using var checkpoint = new NpgsqlCommand("checkpoint", connection);
        await checkpoint.ExecuteNonQueryAsync(ct);
    }

    private static string AsSuperuser(PrivateCluster cluster) =>
        new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Username = Superuser, Pooling = false, CommandTimeout = 0 }.ConnectionString;
}
