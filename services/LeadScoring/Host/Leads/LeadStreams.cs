using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Events;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads;

/// <summary>Reads leads' streams as the domain's events.</summary>
public sealed class LeadStreams(NpgsqlDataSource database, EventTypes types, TenantModels models)
{
    private const string ReadStream =
        $"""
        select {RecordedEvent.Columns}, e.correlation_id, e.causation_id, e.headers ->> 'actor', e.headers ->> 'traceparent'
        from mt_events e
        where e.tenant_id = $1 and e.stream_id = $2 and e.version <= $3
        order by e.version
        """;

    /// <summary>The whole story of a lead; null when there is no such stream.</summary>
    /// <param name="upToVersion">The last version taken in.</param>
    public async Task<LeadStory?> ReadAsync(StreamKey stream, long upToVersion = long.MaxValue, CancellationToken ct = default)
    {
        await using var command = database.CreateCommand(ReadStream);
        command.Parameters.AddAll(
            Sql.Of(stream.TenantId, NpgsqlDbType.Text), Sql.Of(stream.StreamId, NpgsqlDbType.Uuid), Sql.Of(upToVersion, NpgsqlDbType.Bigint));
        await using var rows = await command.ExecuteReaderAsync(ct);
        var events = new List<RecordedLeadEvent>();
        while (await rows.ReadAsync(ct)) events.Add(Read(RecordedEvent.Read(rows, stream, MetadataOf(rows))));
        return events.Count == 0 ? null : new(stream, events);
    }

    /// <summary>What a lead had done up to a version of its stream.</summary>
    public async Task<EngagementHistory> HistoryAsync(StreamKey stream, long upToVersion, CancellationToken ct) =>
        await ReadAsync(stream, upToVersion, ct) is { } story ? story.History : new();

    /// <summary>The lead its stream tells up to a version, under the model that holds now.</summary>
    /// <exception cref="InvalidOperationException">The stream is empty.</exception>
    public Task<LeadDocument> FoldAsync(StreamKey stream, long upToVersion, CancellationToken ct) =>
        FoldAsync(stream, upToVersion, models.Now(stream.TenantId), ct);

    /// <inheritdoc cref="FoldAsync(StreamKey, long, CancellationToken)"/>
    public async Task<LeadDocument> FoldAsync(StreamKey stream, long upToVersion, ScoringModel model, CancellationToken ct) =>
        await ReadAsync(stream, upToVersion, ct) is { } story
            ? story.Document(model)
            : throw new InvalidOperationException($"The stream {stream.StreamId} holds no event.");

    /// <summary>A stored event as the domain's.</summary>
    public RecordedLeadEvent Read(RecordedEvent recorded) => new(recorded, types.Read(recorded) as LeadEvent);

    private static EventMetadata MetadataOf(NpgsqlDataReader row) => new(
        Optional(row, RecordedEvent.ColumnCount),
        Optional(row, RecordedEvent.ColumnCount + 1),
        Optional(row, RecordedEvent.ColumnCount + 2),
        Optional(row, RecordedEvent.ColumnCount + 3));

    private static string? Optional(NpgsqlDataReader row, int ordinal) => row.IsDBNull(ordinal) ? null : row.GetString(ordinal);
}
