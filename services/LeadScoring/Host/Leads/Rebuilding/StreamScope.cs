using LeadScoring.EventStore;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads.Rebuilding;

/// <summary>Which leads are rebuilt or verified.</summary>
/// <param name="TenantId">Null: all tenants.</param>
/// <param name="LeadId">Null: all leads.</param>
public sealed record StreamScope(string? TenantId, Guid? LeadId)
{
    public static readonly StreamScope All = new(null, null);

    private static readonly string CountStreams = SqlText.Load(typeof(StreamScope), "count_streams.sql");

    public NpgsqlParameter TenantParameter => Sql.Of(TenantId, NpgsqlDbType.Text);

    public NpgsqlParameter LeadParameter => Sql.Of(LeadId, NpgsqlDbType.Uuid);

    public async Task<long> CountAsync(NpgsqlDataSource dataSource, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(CountStreams);
        command.Parameters.AddAll(Sql.Of(LeadKeys.StreamType, NpgsqlDbType.Text), TenantParameter, LeadParameter);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }
}

/// <param name="Version">As <c>mt_streams</c> says.</param>
public readonly record struct StreamHead(StreamKey Stream, long Version);
