using System.Text;
using LeadScoring.Host.Events;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.IntegrationTests.Setup;

/// <summary>Events of whatever name and body, as another program or another version of ours may have stored them.</summary>
internal static class RawEvents
{
    public static (string Type, string Body) Of(object fact)
    {
        var stored = EventTypes.ToNewEvent(Guid.Empty, fact, EventMetadata.None);
        return (stored.Type, Encoding.UTF8.GetString(stored.Body.Span));
    }

    /// <summary>They begin a stream.</summary>
    /// <returns>Their ids.</returns>
    public static async Task<IReadOnlyList<Guid>> StoreRawAsync(this MigratedDatabase database, StreamKey stream, DateTimeOffset at, params (string Type, string Body)[] events)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync();
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new("insert into mt_streams (tenant_id, id, version) values ($1, $2, $3)")
        {
            Parameters = { new() { Value = stream.TenantId }, new() { Value = stream.StreamId }, new() { Value = (long)events.Length } },
        });
        var ids = new List<Guid>();
        foreach (var (type, body) in events)
        {
            ids.Add(Guid.NewGuid());
            batch.BatchCommands.Add(new(
                """
                insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
                values (nextval('mt_events_sequence'), $1, $2, $3, $4, $5, $6, $7, 'T, T', false)
                """)
            {
                Parameters =
                {
                    new() { Value = ids[^1] }, new() { Value = stream.StreamId }, new() { Value = (long)ids.Count },
                    new() { Value = body, NpgsqlDbType = NpgsqlDbType.Jsonb }, new() { Value = type }, new() { Value = at }, new() { Value = stream.TenantId },
                },
            });
        }

        await batch.ExecuteNonQueryAsync();
        return ids;
    }
}
