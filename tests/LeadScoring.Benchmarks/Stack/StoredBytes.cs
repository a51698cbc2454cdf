using LeadScoring.EventStore;
using Npgsql;

namespace LeadScoring.Benchmarks.Stack;

/// <summary>What the service's tables and indexes take on disk, dead rows included.</summary>
/// <param name="Events">In the log, of all types.</param>
/// <param name="Relations">Bytes of each table and index.</param>
internal sealed record StoredBytes(long Events, IReadOnlyDictionary<string, long> Relations)
{
    private static readonly string CountEvents = SqlText.Load(typeof(StoredBytes), "count_events.sql");
    private static readonly string RelationBytes = SqlText.Load(typeof(StoredBytes), "relation_bytes.sql");

    public static async Task<StoredBytes> ReadAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        var relations = new Dictionary<string, long>(StringComparer.Ordinal);
        await using (var read = database.CreateCommand(RelationBytes))
        await using (var rows = await read.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct)) relations[rows.GetString(0)] = rows.GetInt64(1);
        }

        await using var count = database.CreateCommand(CountEvents);
        return new StoredBytes((long)(await count.ExecuteScalarAsync(ct))!, relations);
    }
}
