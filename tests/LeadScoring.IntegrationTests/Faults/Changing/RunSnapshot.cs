using System.Data;
using System.Text.Json;
using LeadScoring.Domain.Leads;
using LeadScoring.Host.Events;
using LeadScoring.Host.Leads;
using Npgsql;
using LeadScoring.IntegrationTests.Leads;

namespace LeadScoring.IntegrationTests.Faults.Changing;

internal sealed record RowFound(
    long Version, string Stage, string Grade, double Score, DateTimeOffset ScoreAsOf, string ModelId, int? HeldFor);

/// <param name="At">When the service would have qualified the lead by the version in shadow; null: never so far.</param>
/// <param name="QualifiedAt">When it did, by itself.</param>
internal sealed record ShadowFound(DateTimeOffset? At, DateTimeOffset? QualifiedAt);

/// <summary>What the tables hold at one instant.</summary>
internal sealed class RunSnapshot
{
    private const string Events =
        """
        select e.seq_id, e.id, e.stream_id, e.version, e.type, e.data::text, e.timestamp
        from mt_events e join mt_streams s on s.tenant_id = e.tenant_id and s.id = e.stream_id
        where s.type = 'lead_document' order by e.stream_id, e.version
        """;

    private const string Rows = $"select id, mt_version, stage, grade, score, {LeadColumns.ScoreAsOf}, model_id, held_for from mt_doc_lead";

    private const string Released = "select model_version, split_part(release, '/', 2), lead_id from mt_doc_taken_lead where outcome = 'Released'";

    private const string Unsettled =
        """
        select (select count(*) from mt_doc_held_release where ended_at is null)
          + (select count(*) from mt_doc_retraction where state in ('Finding', 'Applying'))
          + (select count(*) from mt_doc_rescoring r where not r.data ? 'FinishedAt'
             and not exists (select from mt_doc_rescoring n where n.id > r.id))
        """;

    private const string Shadows =
        """
        select (e.data ->> 'Version')::integer, e.seq_id, (e.data ->> 'IsOn')::boolean
        from mt_events e where e.type = 'model_shadow_switched' order by e.seq_id
        """;

    private const string ShadowRuns = "select id from mt_doc_shadow_run";
    private const string ShadowLeads = "select model_version, (data #>> '{Lead,Id}')::uuid, (data #>> '{Lead,Version}')::bigint from mt_doc_shadow_lead";
    private const string ShadowCycles =
        """
        select model_version, split_part(id, '/', 2)::uuid, split_part(id, '/', 3)::integer, (data ->> 'WouldQualifyAt')::timestamptz, (data ->> 'QualifiedAt')::timestamptz
        from mt_doc_shadow_cycle
        """;

    private static readonly EventTypes Types = new();

    /// <summary>In version order.</summary>
    public required IReadOnlyDictionary<Guid, List<Told>> Streams { get; init; }

    public required IReadOnlyDictionary<Guid, RowFound> Leads { get; init; }

    public required IReadOnlyList<(int Version, string Release, Guid Lead)> Handed { get; init; }

    /// <summary>The log's number of the switch, by the version that is on.</summary>
    public required IReadOnlyDictionary<int, long> InShadow { get; init; }

    public required IReadOnlyList<int> ShadowsFollowed { get; init; }

    /// <summary>The stream's version they know.</summary>
    public required IReadOnlyDictionary<(int Version, Guid Lead), long> ShadowsOf { get; init; }

    public required IReadOnlyDictionary<(int Version, Guid Lead, int Cycle), ShadowFound> Cycles { get; init; }

    /// <summary>Work that is begun and not done.</summary>
    public required long Open { get; init; }

    /// <summary>Leads that happened to after a version was switched on.</summary>
    public IEnumerable<Guid> TouchedSince(long switched) => Streams.Where(s => s.Value[^1].Sequence > switched).Select(s => s.Key);

    /// <summary>Nothing is left to be done but what time brings.</summary>
    /// <returns>What is; null: nothing.</returns>
    public string? Unfinished(string activeModelId)
    {
        if (Open > 0) return $"{Open} releases, retractions or passes are open";
        var others = Leads.Values.Count(r => r.ModelId != activeModelId);
        if (others > 0) return $"{others} rows are not of {activeModelId}";
        if (!ShadowsFollowed.Order().SequenceEqual(InShadow.Keys.Order())) return $"in shadow are {string.Join(' ', InShadow.Keys.Order())}, followed {string.Join(' ', ShadowsFollowed.Order())}";
        foreach (var (version, switched) in InShadow)
        {
            var behind = TouchedSince(switched).Count(lead => ShadowsOf.GetValueOrDefault((version, lead)) != Streams[lead][^1].Version);
            if (behind > 0) return $"{behind} leads in shadow of {version} are behind";
        }

        return null;
    }

    public static async Task<RunSnapshot> ReadAsync(string connectionString)
    {
        await using var database = NpgsqlDataSource.Create(connectionString + ";Pooling=false");
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);
        var on = new Dictionary<int, long>();
        foreach (var (version, sequence, isOn) in await ReadAsync(connection, Shadows, r => (r.GetInt32(0), r.GetInt64(1), r.GetBoolean(2))))
        {
            if (isOn) on[version] = sequence;
            else on.Remove(version);
        }

        return new()
        {
            Streams = (await ReadAsync(connection, Events, ReadEvent)).GroupBy(t => t.Lead).ToDictionary(g => g.Key, g => g.ToList()),
            Leads = (await ReadAsync(connection, Rows, r => KeyValuePair.Create(r.GetGuid(0), new RowFound(
                r.GetInt64(1), r.GetString(2), r.GetString(3), r.GetDouble(4), r.GetFieldValue<DateTimeOffset>(5), r.GetString(6), r.GetFieldValue<int?>(7))))).ToDictionary(),
            Handed = await ReadAsync(connection, Released, r => (r.GetInt32(0), r.GetString(1), r.GetGuid(2))),
            InShadow = on,
            ShadowsFollowed = await ReadAsync(connection, ShadowRuns, r => r.GetInt32(0)),
            ShadowsOf = (await ReadAsync(connection, ShadowLeads, r => KeyValuePair.Create((r.GetInt32(0), r.GetGuid(1)), r.GetInt64(2)))).ToDictionary(),
            Cycles = (await ReadAsync(connection, ShadowCycles, r => KeyValuePair.Create(
                (r.GetInt32(0), r.GetGuid(1), r.GetInt32(2)), new ShadowFound(r.GetFieldValue<DateTimeOffset?>(3), r.GetFieldValue<DateTimeOffset?>(4))))).ToDictionary(),
            Open = (await ReadAsync(connection, Unsettled, r => r.GetInt64(0))).Single(),
        };
    }

    private static Told ReadEvent(NpgsqlDataReader row)
    {
        var at = row.GetFieldValue<DateTimeOffset>(6);
        var recorded = new RecordedEvent(
            row.GetInt64(0), row.GetGuid(1), new(FaultCluster.Tenant, row.GetGuid(2)), row.GetInt64(3), row.GetString(4),
            System.Text.Encoding.UTF8.GetBytes(row.GetString(5)), at, EventMetadata.None);
        return new(recorded.Sequence, recorded.Stream.StreamId, recorded.Version, (LeadEvent)Types.Read(recorded), at);
    }

    private static async Task<List<T>> ReadAsync<T>(NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync()) rows.Add(read(reader));
        return rows;
    }
}
