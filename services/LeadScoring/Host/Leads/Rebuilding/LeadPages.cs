using LeadScoring.Host.Events;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads.Rebuilding;

/// <summary>Which leads are rebuilt or verified.</summary>
/// <param name="TenantId">Null: all tenants.</param>
/// <param name="LeadId">Null: all leads.</param>
public sealed record LeadScope(string? TenantId, Guid? LeadId)
{
    public static readonly LeadScope All = new(null, null);

    internal NpgsqlParameter[] Parameters =>
        [Sql.Of(TenantId, NpgsqlDbType.Text), Sql.Of(LeadId, NpgsqlDbType.Uuid), Sql.Of(LeadKeys.StreamType, NpgsqlDbType.Text)];

    internal async Task<long> CountAsync(NpgsqlDataSource dataSource, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(
            """
            select count(*)
            from mt_streams s
            where s.type = $3 and ($1::text is null or s.tenant_id = $1) and ($2::uuid is null or s.id = $2)
            """);
        command.Parameters.AddAll(Parameters);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }
}

/// <param name="Version">As <c>mt_streams</c> says.</param>
internal readonly record struct StreamHead(StreamKey Stream, long Version);

/// <summary>Hands out leads' streams in pages by key; two workers take pages at once, each page goes to one.</summary>
internal sealed class LeadPages(LeadScope scope) : IDisposable
{
    /// <summary>Few enough that a page's locks delay its leads' writers by no more than a moment.</summary>
    public const int LeadsMax = 200;

    /// <summary>More would take the machine from the service it shares it with.</summary>
    private const int WorkersMax = 2;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private StreamKey _after = new("", Guid.Empty);

    /// <summary>Runs work on each page, on connections of its own. A fault of one ends all.</summary>
    /// <param name="work">Returns how many events the page had.</param>
    public async Task RunAsync(
        NpgsqlDataSource dataSource, WorkProgress progress, Func<NpgsqlConnection, IReadOnlyList<StreamHead>, CancellationToken, Task<long>> work, CancellationToken ct)
    {
        progress.Expect(await scope.CountAsync(dataSource, ct));
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAll(Enumerable.Range(0, WorkersMax).Select(_ => RunAsync()));

        async Task RunAsync()
        {
            try
            {
                await using var connection = await dataSource.OpenConnectionAsync(failed.Token);
                while (await NextAsync(connection, failed.Token) is { Count: > 0 } page)
                {
                    progress.Add(page.Count, await work(connection, page, failed.Token));
                }
            }
            catch
            {
                await failed.CancelAsync();
                throw;
            }
        }
    }

    /// <summary>The recorded events of each stream that has any, in version order.</summary>
    public static async Task<Dictionary<StreamKey, List<RecordedEvent>>> ReadAsync(
        NpgsqlConnection connection, IReadOnlyCollection<StreamKey> page, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            $"""
            select {RecordedEvent.Columns}, e.tenant_id, e.stream_id
            from unnest($1, $2) as p (tenant_id, id)
            join mt_events e on e.tenant_id = p.tenant_id and e.stream_id = p.id
            order by e.tenant_id, e.stream_id, e.version
            """,
            connection);
        command.Parameters.AddAll(KeysOf(page));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var streams = new Dictionary<StreamKey, List<RecordedEvent>>(page.Count);
        List<RecordedEvent>? events = null;
        while (await reader.ReadAsync(ct))
        {
            var stream = new StreamKey(reader.GetString(RecordedEvent.ColumnCount), reader.GetGuid(RecordedEvent.ColumnCount + 1));
            if (events is null || events[0].Stream != stream) streams.Add(stream, events = []);
            events.Add(RecordedEvent.Read(reader, events.Count == 0 ? stream : events[0].Stream)); // What caused an event does not change what it says of the lead.
        }

        return streams;
    }

    public static NpgsqlParameter[] KeysOf(IReadOnlyCollection<StreamKey> page) =>
    [
        Sql.Many(page.Select(s => s.TenantId).ToArray(), NpgsqlDbType.Text),
        Sql.Many(page.Select(s => s.StreamId).ToArray(), NpgsqlDbType.Uuid),
    ];

    public void Dispose() => _turn.Dispose();

    private async Task<IReadOnlyList<StreamHead>> NextAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await _turn.WaitAsync(ct);
        try
        {
            await using var command = new NpgsqlCommand(
                """
                select s.tenant_id, s.id, s.version
                from mt_streams s
                where s.type = $3 and (s.tenant_id, s.id) > ($4, $5)
                  and ($1::text is null or s.tenant_id = $1) and ($2::uuid is null or s.id = $2)
                order by s.tenant_id, s.id
                limit $6
                """,
                connection);
            command.Parameters.AddAll(
                [.. scope.Parameters, Sql.Of(_after.TenantId, NpgsqlDbType.Text), Sql.Of(_after.StreamId, NpgsqlDbType.Uuid), Sql.Of(LeadsMax, NpgsqlDbType.Integer)]);
            await using var reader = await command.ExecuteReaderAsync(ct);
            var page = new List<StreamHead>(LeadsMax);
            while (await reader.ReadAsync(ct)) page.Add(new(new(reader.GetString(0), reader.GetGuid(1)), reader.GetInt64(2)));
            if (page.Count > 0) _after = page[^1].Stream;
            return page;
        }
        finally
        {
            _turn.Release();
        }
    }
}
