using Npgsql;

namespace LeadScoring.Benchmarks.Stack;

/// <summary>What the service's tables and indexes take on disk, dead rows included.</summary>
/// <param name="Events">In the log, of all types.</param>
/// <param name="Relations">Bytes of each table and index, the largest first.</param>
internal sealed record StoredBytes(long Events, IReadOnlyDictionary<string, long> Relations)
{
    /// <summary>Partitions and their indexes count with their parents; a table's bytes include what lies beside its heap.</summary>
    private const string RelationBytes =
        """
        select coalesce(parent.relname, c.relname)::text as name, sum(pg_table_size(c.oid))::bigint as bytes
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        left join pg_inherits i on i.inhrelid = c.oid
        left join pg_class parent on parent.oid = i.inhparent
        where n.nspname not like 'pg\_%' and n.nspname <> 'information_schema' and c.relkind in ('r', 'i')
        group by 1
        order by 2 desc, 1
        """;

    public static async Task<StoredBytes> ReadAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        var relations = new Dictionary<string, long>(StringComparer.Ordinal);
        await using (var read = database.CreateCommand(RelationBytes))
        await using (var rows = await read.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct)) relations[rows.GetString(0)] = rows.GetInt64(1);
        }

        return new(await StoredEvents.CountAsync(database, ct), relations);
    }
}
