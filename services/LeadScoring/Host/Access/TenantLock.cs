using LeadScoring.EventStore;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Access;

/// <summary>One transaction at a time decides what the first tenant, the first key or the last admin key is.</summary>
internal static class TenantLock
{
    /// <summary>Beside the event store's keys, under the same prefix.</summary>
    private const long Key = 0x4C53_0000_0101;

    private static readonly string TakeTenantLock = SqlText.Load(typeof(TenantLock), "take_tenant_lock.sql");

    /// <summary>Held until the connection's transaction ends.</summary>
    public static async Task TakeAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(TakeTenantLock, connection);
        command.Parameters.Add(Sql.Of(Key, NpgsqlDbType.Bigint));
        await command.ExecuteNonQueryAsync(ct);
    }
}
