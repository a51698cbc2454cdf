using LeadScoring.EventStore;
using LeadScoring.Host.Storage;
using Npgsql;

namespace LeadScoring.Benchmarks.Seeding;

/// <summary>Further databases of the benchmark's cluster.</summary>
internal static class NewDatabase
{
    private const string Superuser = "postgres";
    private const string NameGap = "database_name";

    private static readonly string CreateDatabase = SqlText.Load(typeof(NewDatabase), "create_database.sql");
    private static readonly string Checkpoint = SqlText.Load(typeof(NewDatabase), "checkpoint.sql");

    /// <param name="name">Letters, digits, underscores.</param>
    /// <returns>Its connection string.</returns>
    public static async Task<string> MakeAsync(PrivateCluster cluster, string name, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(cluster.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(ct);

        // The name of a database cannot be a parameter.
        await using var create = new NpgsqlCommand(CreateDatabase.Replace(NameGap, name, StringComparison.Ordinal), connection);
        await create.ExecuteNonQueryAsync(ct);
        return new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Database = name }.ConnectionString;
    }

    /// <summary>What was seeded goes to disk here and not within a measurement.</summary>
    public static async Task CheckpointAsync(PrivateCluster cluster, CancellationToken ct)
    {
        var rights = new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Username = Superuser, Pooling = false, CommandTimeout = 0 };
        await using var connection = new NpgsqlConnection(rights.ConnectionString);
        await connection.OpenAsync(ct);
        await using var checkpoint = new NpgsqlCommand(Checkpoint, connection);
        await checkpoint.ExecuteNonQueryAsync(ct);
    }
}
