using System.Text;
using LeadScoring.Contracts;
using LeadScoring.IntegrationTests.Setup;
using Npgsql;

namespace LeadScoring.IntegrationTests.Webhooks;

/// <summary>Adds events to a tenant's feed as the projector would.</summary>
internal static class Publisher
{
    /// <summary>No event of a test's own log comes near, and the projector may publish those meanwhile.</summary>
    private const long BeyondTheLog = 1_000_000;

    /// <summary>One event for each subject, in this order.</summary>
    /// <returns>Their positions.</returns>
    public static async Task<IReadOnlyList<long>> PublishAsync(
        this MigratedDatabase database, string tenantId, IReadOnlyList<Guid> subjects, string type = IntegrationEventTypes.LeadMarketingQualified)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var head = await ScalarAsync(connection, "select coalesce((select position from feed_head where tenant_id = $1), 0)", tenantId);
        var last = await ScalarAsync(connection, "select greatest(max(log_seq), $1) from feed_event", BeyondTheLog);
        var positions = new List<long>();
        foreach (var subject in subjects)
        {
            (head, last) = (head + 1, last + 1);
            var id = Guid.NewGuid();
            var body = $$"""{"specversion":"1.0","id":"{{id}}","source":"/leadscoring/{{tenantId}}","type":"{{type}}","subject":"{{subject}}","tenantid":"{{tenantId}}","sequence":"{{head}}","data":["Zoë"]}""";
            await ExecuteAsync(
                connection,
                "insert into feed_event (tenant_id, position, log_seq, event_id, type, subject, at, body) values ($1, $2, $3, $4, $5, $6, now(), $7)",
                tenantId, head, last, id, type, subject, Encoding.UTF8.GetBytes(body));
            positions.Add(head);
        }

        await ExecuteAsync(
            connection,
            "insert into feed_head (tenant_id, position, log_seq) values ($1, $2, $3) on conflict (tenant_id) do update set position = excluded.position, log_seq = excluded.log_seq",
            tenantId, head, last);
        await transaction.CommitAsync();
        return positions;
    }

    /// <summary>So many events, each of another lead.</summary>
    public static Task<IReadOnlyList<long>> PublishAsync(this MigratedDatabase database, string tenantId, int count) =>
        database.PublishAsync(tenantId, [.. Enumerable.Range(0, count).Select(_ => Guid.NewGuid())]);

    private static async Task<long> ScalarAsync(NpgsqlConnection connection, string sql, params object[] parameters)
    {
        await using var command = Command(connection, sql, parameters);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, params object[] parameters)
    {
        await using var command = Command(connection, sql, parameters);
        await command.ExecuteNonQueryAsync();
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, object[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters) command.Parameters.Add(new() { Value = parameter });
        return command;
    }
}
