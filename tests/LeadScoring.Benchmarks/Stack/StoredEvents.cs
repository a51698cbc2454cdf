using Npgsql;

namespace LeadScoring.Benchmarks.Stack;

/// <summary>What lies in Marten's table of events, in whatever schema it is.</summary>
internal static class StoredEvents
{
    private const string FindTable = "select schemaname from pg_tables where tablename = 'mt_events' union select nspname from pg_class c join pg_namespace n on n.oid = relnamespace where relname = 'mt_events' and relkind = 'p'";

    public static Task<long> CountAsync(NpgsqlDataSource database, CancellationToken ct) => CountAsync(database, "true", ct);

    public static Task<long> CountEngagementsAsync(NpgsqlDataSource database, CancellationToken ct) => CountAsync(database, "type = 'engagement_recorded'", ct);

    private static async Task<long> CountAsync(NpgsqlDataSource database, string condition, CancellationToken ct)
    {
        var schemas = new List<string>();
        await using (var find = database.CreateCommand(FindTable))
        await using (var rows = await find.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct)) schemas.Add(rows.GetString(0));
        }

        var events = 0L;
        foreach (var schema in schemas)
        {
            await using var count = database.CreateCommand($"select count(*) from \"{schema}\".mt_events where {condition}");
            count.CommandTimeout = 0;
            events += (long)(await count.ExecuteScalarAsync(ct))!;
        }

        return events;
    }
}
