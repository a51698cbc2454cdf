using System.Text.Json;
using LeadScoring.EventStore;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Broker;

/// <summary>Tells how the relay stands, whichever instance relays.</summary>
/// <param name="options">Null: this instance is told of no broker.</param>
public sealed class BrokerStatusReader(NpgsqlDataSource dataSource, BrokerOptions? options)
{
    private static readonly string ReadState = SqlText.Load(typeof(BrokerStatusReader), "read_broker_state.sql");
    private static readonly string ReadProgress = SqlText.Load(typeof(BrokerStatusReader), "read_tenant_progress.sql");

    public bool IsConfigured => options is not null;

    /// <summary>The relay as one tenant may see it.</summary>
    public async Task<BrokerStatus> ReadAsync(string tenantId, CancellationToken ct)
    {
        var status = await ReadStateAsync(ct);
        if (!IsConfigured) return status;
        await using var command = dataSource.CreateCommand(ReadProgress);
        command.Parameters.AddAll(Sql.Of(RelayPosition.Name, NpgsqlDbType.Text), Sql.Of(tenantId, NpgsqlDbType.Text));
        await using var rows = await command.ExecuteReaderAsync(ct);
        await rows.ReadAsync(ct);
        var (position, head) = (rows.GetInt64(0), rows.GetInt64(1));
        return status with { Position = position, Behind = Math.Max(0, head - position) };
    }

    /// <summary>The relay without a tenant's view: position and what is behind are 0.</summary>
    public async Task<BrokerStatus> ReadStateAsync(CancellationToken ct)
    {
        if (options is null) return new(BrokerState.Disabled, null, null, null, null, 0, 0);
        await using var command = dataSource.CreateCommand(ReadState);
        command.Parameters.Add(Sql.Of(RelayPosition.Name, NpgsqlDbType.Text));
        await using var rows = await command.ExecuteReaderAsync(ct);
        if (!await rows.ReadAsync(ct)) return new(BrokerState.Connecting, null, null, null, options.Exchange, 0, 0);
        return new(
            Enum.Parse<BrokerState>(rows.GetString(0), ignoreCase: true),
            rows.GetFieldValue<DateTimeOffset>(1),
            rows.IsDBNull(2) ? null : rows.GetString(2),
            rows.IsDBNull(3) ? null : rows.GetFieldValue<DateTimeOffset>(3),
            options.Exchange,
            0,
            0);
    }

    /// <summary>A state as it is stored: one word in lower case.</summary>
    internal static string Stored(BrokerState state) => JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString());
}
