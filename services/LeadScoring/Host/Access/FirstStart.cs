using LeadScoring.Contracts;
using LeadScoring.EventStore;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Access;

/// <summary>A database nobody has used yet gets a tenant and one key that may do everything.</summary>
public static class FirstStart
{
    public const string TenantId = "default";

    private static readonly string InsertTenant = SqlText.Load(typeof(FirstStart), "insert_tenant.sql");
    private static readonly string AnyTenant = SqlText.Load(typeof(FirstStart), "any_tenant.sql");

    /// <summary>The key, or null when there is a tenant already. Of two instances starting at once one makes it.</summary>
    public static async Task<CreatedApiKey?> EnsureAsync(NpgsqlDataSource database, TimeProvider clock, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await TenantLock.TakeAsync(connection, ct);
        await using var any = new NpgsqlCommand(AnyTenant, connection);
        if ((bool)(await any.ExecuteScalarAsync(ct))!) return null;

        await using var insert = new NpgsqlCommand(InsertTenant, connection);
        insert.Parameters.Add(Sql.Of(TenantId, NpgsqlDbType.Text));
        insert.Parameters.Add(Sql.Of("Default", NpgsqlDbType.Text));
        insert.Parameters.Add(Sql.Of(clock.GetUtcNow().UtcDateTime, NpgsqlDbType.TimestampTz));
        insert.Parameters.Add(Sql.Of(Tenants.CountMax, NpgsqlDbType.Integer));
        await insert.ExecuteNonQueryAsync(ct);
        var key = await new ApiKeys(database, clock).InsertAsync(connection, TenantId, new CreateApiKeyRequest("first key", Scopes.All), ct);
        await transaction.CommitAsync(ct);
        return key;
    }

    /// <summary>On standard output, not in the logs: logs are kept and copied, this must not be.</summary>
    public static void Print(CreatedApiKey created, TextWriter output)
    {
        output.WriteLine();
        output.WriteLine($"  First start: made the tenant '{created.ApiKey.TenantId}' and an API key with every scope. It is shown only now:");
        output.WriteLine();
        output.WriteLine($"      {created.Key}");
        output.WriteLine();
        output.Flush();
    }
}
