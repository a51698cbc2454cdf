using Npgsql;

namespace LeadScoring.EventStore.Reading;

/// <summary>Rows of <c>mt_events</c> as <see cref="RecordedEvent"/>s. Bodies stay the UTF-8 bytes PostgreSQL sends.</summary>
internal static class RecordedEvents
{
    /// <summary>A page of the log ends early when its bodies reach this many bytes.</summary>
    private const long PageBytesMax = 64 << 20;

    private static readonly string ReadStream = SqlText.Load(typeof(RecordedEvents), "read_stream.sql");
    private static readonly string ReadLog = SqlText.Load(typeof(RecordedEvents), "read_log.sql");
    private static readonly string ReadLogOfTypes = SqlText.Load(typeof(RecordedEvents), "read_log_of_types.sql");

    public static NpgsqlCommand OfStream(NpgsqlConnection connection, StreamKey stream, long afterVersion) =>
        new(ReadStream, connection)
        {
            Parameters =
            {
                SqlParameters.Text(stream.TenantId),
                SqlParameters.Uuid(stream.StreamId),
                SqlParameters.Bigint(afterVersion),
            },
        };

    /// <summary>The events of (after, upTo], as many as <paramref name="limit"/> and the bytes of a page allow.</summary>
    public static async Task<LogRows> OfLogAsync(
        NpgsqlDataSource dataSource, long after, long upTo, int limit, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(ReadLog);
        command.Parameters.Add(SqlParameters.Bigint(after));
        command.Parameters.Add(SqlParameters.Bigint(upTo));
        command.Parameters.Add(SqlParameters.Integer(limit));
        return await ReadAsync(command, limit, ct);
    }

    /// <summary>The same of these types only. The numbers (after, upTo] must be one page's at most.</summary>
    public static async Task<LogRows> OfTypesAsync(
        NpgsqlDataSource dataSource, long after, long upTo, int limit, string[] types, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(ReadLogOfTypes);
        command.Parameters.Add(SqlParameters.Bigint(after));
        command.Parameters.Add(SqlParameters.Bigint(upTo));
        command.Parameters.Add(SqlParameters.Texts(types));
        command.Parameters.Add(SqlParameters.Integer(limit));
        return await ReadAsync(command, limit, ct);
    }

    private static async Task<LogRows> ReadAsync(NpgsqlCommand command, int limit, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        var events = new List<RecordedEvent>();
        var bytes = 0L;
        while (bytes < PageBytesMax && await reader.ReadAsync(ct))
        {
            events.Add(Read(reader));
            bytes += events[^1].Body.Length;
        }

        return new LogRows(events, IsFull: events.Count == limit || bytes >= PageBytesMax);
    }

    public static RecordedEvent Read(NpgsqlDataReader row) => new(
        Sequence: row.GetInt64(0),
        Id: row.GetGuid(1),
        Stream: new StreamKey(row.GetString(2), row.GetGuid(3)),
        Version: row.GetInt64(4),
        Type: row.GetString(5),
        Body: row.GetFieldValue<byte[]>(6),
        At: row.GetFieldValue<DateTimeOffset>(7),
        Metadata: new EventMetadata(Optional(row, 8), Optional(row, 9), Optional(row, 10), Optional(row, 11)));

    private static string? Optional(NpgsqlDataReader row, int ordinal) => row.IsDBNull(ordinal) ? null : row.GetString(ordinal);
}

/// <param name="IsFull">There may be more events behind these.</param>
internal sealed record LogRows(List<RecordedEvent> Events, bool IsFull);
