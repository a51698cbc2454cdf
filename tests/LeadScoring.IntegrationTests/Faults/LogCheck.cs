using Npgsql;
using LeadScoring.IntegrationTests.Leads;

namespace LeadScoring.IntegrationTests.Faults;

/// <summary>An engagement as the log has it.</summary>
internal readonly record struct LoggedEngagement(string Source, string Id, Guid EventId, Guid Lead);

/// <summary>A lead's row: the score, unrounded, at an instant.</summary>
internal readonly record struct StoredScore(double Score, DateTimeOffset At);

/// <summary>What the tables say, read straight from them.</summary>
/// <param name="Engagements">Every engagement event, repeats too if there were any.</param>
/// <param name="Leads">Ids of all streams.</param>
/// <param name="Scores">By lead.</param>
/// <param name="HolderOf">The stream that holds a key, by the key's value: no two kinds share values here.</param>
/// <param name="Damage">What must not be, one sentence each with how often it was found.</param>
internal sealed record LogCheck(
    IReadOnlyList<LoggedEngagement> Engagements,
    IReadOnlySet<Guid> Leads,
    IReadOnlyDictionary<Guid, StoredScore> Scores,
    IReadOnlyDictionary<string, Guid> HolderOf,
    IReadOnlyList<string> Damage)
{
    private const string EngagementsOfLog =
        "select data->>'Source', data->>'Id', id, stream_id from mt_events where type = 'engagement_recorded'";

    private const string Streams = "select id from mt_streams where type = 'lead_document'";

    private const string Rows = $"select id, score, {LeadColumns.ScoreAsOf} from mt_doc_lead";

    private const string Keys = "select substr(id, strpos(id, ':') + 1), lead_id from mt_doc_lead_identity";

    private static readonly (string What, string Count)[] Damages =
    [
        ("streams whose versions are not 1 to n, or not the stream row's",
            """
            select count(*)
            from (
              select tenant_id, stream_id, count(*) as events, min(version) as lowest, max(version) as highest
              from mt_events
              where type <> 'tombstone'
              group by tenant_id, stream_id
            ) e
            full join (select * from mt_streams where type = 'lead_document') s on s.tenant_id = e.tenant_id and s.id = e.stream_id
            where s.version is distinct from e.events or e.lowest is distinct from 1 or e.highest is distinct from e.events
            """),
        ("facts that can be true only once and are in the log again",
            """
            select count(*)
            from (
              select
              from mt_events
              where type not in ('engagement_recorded', 'tombstone')
              group by tenant_id, type, case type
                when 'identity_linked' then concat_ws(' ', data->>'Kind', data->>'Value')
                when 'identity_conflict_found' then concat_ws(' ', stream_id, data->>'Kind', data->>'OtherLeadId')
                when 'lead_captured' then stream_id::text
                when 'automation_qualified' then concat_ws(' ', stream_id, data->>'Cycle')
                when 'marketing_qualified' then concat_ws(' ', stream_id, data->>'Cycle')
                else id::text
              end
              having count(*) > 1
            ) repeated
            """),
        ("keys without the event that links them, or the other way round",
            """
            select count(*)
            from (select tenant_id, substr(id, strpos(id, ':') + 1) as value, lead_id as stream_id from mt_doc_lead_identity) k
            full join (
              select tenant_id, data->>'Value' as value, stream_id from mt_events where type = 'identity_linked'
            ) e on e.tenant_id = k.tenant_id and e.value = k.value and e.stream_id = k.stream_id
            where k.value is null or e.value is null
            """),
        ("leads without a row at their stream's version, or rows without a stream",
            """
            select count(*)
            from (select * from mt_streams where type = 'lead_document') s
            full join mt_doc_lead l on l.tenant_id = s.tenant_id and l.id = s.id
            where l.mt_version is distinct from s.version
            """),
        ("events of another tenant", $"select count(*) from mt_events where tenant_id is distinct from '{FaultCluster.Tenant}' and type <> 'tombstone'"),
    ];

    public static async Task<LogCheck> ReadAsync(string connectionString)
    {
        await using var database = NpgsqlDataSource.Create(connectionString + ";Pooling=false");
        var damage = new List<string>();
        foreach (var (what, count) in Damages)
        {
            var found = (await ReadAsync(database, count, row => row.GetInt64(0))).Single();
            if (found > 0) damage.Add($"{found} {what}");
        }

        return new(
            await ReadAsync(database, EngagementsOfLog, row => new LoggedEngagement(
                row.GetString(0), row.GetString(1), row.GetGuid(2), row.GetGuid(3))),
            (await ReadAsync(database, Streams, row => row.GetGuid(0))).ToHashSet(),
            (await ReadAsync(database, Rows, row => KeyValuePair.Create(
                row.GetGuid(0), new StoredScore(row.GetDouble(1), row.GetFieldValue<DateTimeOffset>(2))))).ToDictionary(),
            (await ReadAsync(database, Keys, row => KeyValuePair.Create(row.GetString(0), row.GetGuid(1)))).ToDictionary(),
            damage);
    }

    private static async Task<List<T>> ReadAsync<T>(NpgsqlDataSource database, string sql, Func<NpgsqlDataReader, T> read)
    {
        await using var command = database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
