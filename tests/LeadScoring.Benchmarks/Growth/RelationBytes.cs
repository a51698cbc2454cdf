using LeadScoring.EventStore;
using Npgsql;

namespace LeadScoring.Benchmarks.Growth;

/// <summary>What one table or index takes on disk.</summary>
/// <param name="Name">A table's name, or its name and its index's.</param>
/// <param name="Bytes">A table's with what it keeps out of line, without its indexes.</param>
internal sealed record RelationBytes(string Name, long Bytes)
{
    private static readonly string ReadRelationBytes = SqlText.Load(typeof(RelationBytes), "read_relation_bytes.sql");

    /// <returns>The largest first.</returns>
    public static async Task<IReadOnlyList<RelationBytes>> ReadAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        var all = new List<RelationBytes>();
        await using var read = database.CreateCommand(ReadRelationBytes);
        await using var rows = await read.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) all.Add(new(rows.GetString(0), rows.GetInt64(1)));
        return all;
    }
}
