using LeadScoring.EventStore;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads.Rebuilding;

/// <summary>Hands out the streams of leads in pages by key; several workers may take pages at once, each page goes to one.</summary>
internal sealed class StreamPages(StreamScope scope) : IDisposable
{
    /// <summary>Few enough that a page's locks delay its leads' writers by no more than a moment.</summary>
    public const int StreamsMax = 200;

    private static readonly string PageStreams = SqlText.Load(typeof(StreamPages), "page_streams.sql");
    private static readonly string ReadPage = SqlText.Load(typeof(StreamPages), "read_page.sql");

    private readonly SemaphoreSlim _turn = new(1, 1);
    private StreamKey _after = new("", Guid.Empty);

    /// <returns>Empty after the last page.</returns>
    public async Task<IReadOnlyList<StreamHead>> NextAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await _turn.WaitAsync(ct);
        try
        {
            await using var command = new NpgsqlCommand(PageStreams, connection);
            command.Parameters.AddAll(
                Sql.Of(LeadKeys.StreamType, NpgsqlDbType.Text),
                Sql.Of(_after.TenantId, NpgsqlDbType.Text),
                Sql.Of(_after.StreamId, NpgsqlDbType.Uuid),
                scope.TenantParameter,
                scope.LeadParameter,
                Sql.Of(StreamsMax, NpgsqlDbType.Integer));
            await using var reader = await command.ExecuteReaderAsync(ct);
            var page = new List<StreamHead>(StreamsMax);
            while (await reader.ReadAsync(ct))
            {
                page.Add(new(new(reader.GetString(0), reader.GetGuid(1)), reader.GetInt64(2)));
            }

            if (page.Count > 0) _after = page[^1].Stream;
            return page;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The recorded events of each stream of a page that has any, in version order.</summary>
    public static async Task<Dictionary<StreamKey, List<RecordedEvent>>> ReadAsync(
        NpgsqlConnection connection, IReadOnlyList<StreamKey> page, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(ReadPage, connection);
        command.Parameters.AddAll(KeysOf(page));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var streams = new Dictionary<StreamKey, List<RecordedEvent>>(page.Count);
        List<RecordedEvent>? events = null;
        while (await reader.ReadAsync(ct))
        {
            var stream = new StreamKey(reader.GetString(2), reader.GetGuid(3));
            if (events is null || events[0].Stream != stream) streams.Add(stream, events = []);
            events.Add(new(
                reader.GetInt64(0),
                reader.GetGuid(1),
                events.Count == 0 ? stream : events[0].Stream,
                reader.GetInt64(4),
                reader.GetString(5),
                reader.GetFieldValue<byte[]>(6),
                reader.GetFieldValue<DateTimeOffset>(7),
                NoMetadata));
        }

        return streams;
    }

    public static NpgsqlParameter[] KeysOf(IReadOnlyCollection<StreamKey> page) =>
    [
        Sql.Many(page.Select(s => s.TenantId).ToArray(), NpgsqlDbType.Text),
        Sql.Many(page.Select(s => s.StreamId).ToArray(), NpgsqlDbType.Uuid),
    ];

    public void Dispose() => _turn.Dispose();

    // What caused an event does not change what it says of the lead.
    private static readonly EventMetadata NoMetadata = new(null, null, null, null);
}
