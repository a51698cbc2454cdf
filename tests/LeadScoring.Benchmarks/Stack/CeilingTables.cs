using LeadScoring.EventStore;
using LeadScoring.Host.Storage;
using Npgsql;

namespace LeadScoring.Benchmarks.Stack;

/// <summary>The same tables a second time, in a schema beside the service's: ceilings are measured without touching its log.</summary>
internal static class CeilingTables
{
    private const string Schema = "ceiling";
    private const int ConnectionsMax = 70;

    /// <returns>Connections to them, set up as the service sets up its own.</returns>
    public static async Task<Database> MakeAsync(PrivateCluster cluster, CancellationToken ct)
    {
        await using (var connection = new NpgsqlConnection(cluster.ConnectionString))
        {
            await connection.OpenAsync(ct);
            await using var make = new NpgsqlCommand(SqlText.Load(typeof(CeilingTables), "make_ceiling_schema.sql"), connection);
            await make.ExecuteNonQueryAsync(ct);
        }

        var database = await ServiceTables.OpenAsync($"{cluster.ConnectionString};Search Path={Schema}", cluster, ConnectionsMax, ct);
        await Host.Storage.Schema.EnsureAsync(database.Source, mayApply: true, ct);
        return database;
    }
}
