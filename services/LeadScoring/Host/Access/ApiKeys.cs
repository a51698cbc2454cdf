using LeadScoring.Contracts;
using LeadScoring.EventStore;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Access;

public enum KeyOutcome
{
    Done,
    TenantNotFound,
    TenantRevoked,
    KeyNotFound,

    /// <summary>Without this key nobody could manage the service any more.</summary>
    LastAdminKey,

    TooMany,
}

/// <summary>The API keys as the database has them; their secrets are there only as hashes.</summary>
public sealed class ApiKeys(NpgsqlDataSource database, TimeProvider clock)
{
    /// <summary>Keys of one tenant that are not revoked; a list shows as many more revoked ones, the latest.</summary>
    public const int LivePerTenantMax = 500;

    private static readonly string LockTenant = SqlText.Load(typeof(ApiKeys), "lock_tenant.sql");
    private static readonly string CountLiveKeys = SqlText.Load(typeof(ApiKeys), "count_live_keys.sql");
    private static readonly string InsertKey = SqlText.Load(typeof(ApiKeys), "insert_key.sql");
    private static readonly string ListKeys = SqlText.Load(typeof(ApiKeys), "list_keys.sql");
    private static readonly string LockKey = SqlText.Load(typeof(ApiKeys), "lock_key.sql");
    private static readonly string CountOtherAdminKeys = SqlText.Load(typeof(ApiKeys), "count_other_admin_keys.sql");
    private static readonly string RevokeKey = SqlText.Load(typeof(ApiKeys), "revoke_key.sql");

    /// <summary>Live keys first, the newest first.</summary>
    public async Task<IReadOnlyList<ApiKeyView>> ListAsync(string tenantId, CancellationToken ct)
    {
        await using var command = database.CreateCommand(ListKeys);
        command.Parameters.Add(Sql.Of(tenantId, NpgsqlDbType.Text));
        command.Parameters.Add(Sql.Of(2 * LivePerTenantMax, NpgsqlDbType.Integer));
        await using var rows = await command.ExecuteReaderAsync(ct);
        var keys = new List<ApiKeyView>();
        while (await rows.ReadAsync(ct))
        {
            var id = rows.GetString(0);
            keys.Add(new ApiKeyView(
                id,
                tenantId,
                rows.GetString(1),
                ApiKeyText.HintOf(id),
                rows.GetFieldValue<string[]>(2),
                rows.GetFieldValue<DateTimeOffset>(3),
                await rows.IsDBNullAsync(4, ct) ? null : rows.GetFieldValue<DateTimeOffset>(4),
                await rows.IsDBNullAsync(5, ct) ? null : rows.GetFieldValue<DateTimeOffset>(5)));
        }

        return keys;
    }

    /// <summary>The answer holds the key; it cannot be had again.</summary>
    public async Task<(KeyOutcome Outcome, CreatedApiKey? Created)> CreateAsync(
        string tenantId, CreateApiKeyRequest request, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await TenantStateAsync(connection, tenantId, ct) is not { } tenant) return (KeyOutcome.TenantNotFound, null);
        if (tenant.Revoked) return (KeyOutcome.TenantRevoked, null);
        if (await CountAsync(connection, CountLiveKeys, ct, Sql.Of(tenantId, NpgsqlDbType.Text)) >= LivePerTenantMax)
        {
            return (KeyOutcome.TooMany, null);
        }

        var created = await InsertAsync(connection, tenantId, request, ct);
        await transaction.CommitAsync(ct);
        return (KeyOutcome.Done, created);
    }

    /// <summary>Revoking a key twice is as good as once.</summary>
    public async Task<KeyOutcome> RevokeAsync(string tenantId, string keyId, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await TenantStateAsync(connection, tenantId, ct) is not { } tenant) return KeyOutcome.TenantNotFound;

        NpgsqlParameter Tenant() => Sql.Of(tenantId, NpgsqlDbType.Text);
        NpgsqlParameter Key() => Sql.Of(keyId, NpgsqlDbType.Text);
        NpgsqlParameter Now() => Sql.Of(clock.GetUtcNow().UtcDateTime, NpgsqlDbType.TimestampTz);
        NpgsqlParameter Admin() => Sql.Of(Scopes.Admin, NpgsqlDbType.Text);
        if (await ScalarAsync(connection, LockKey, ct, Tenant(), Key(), Admin()) is not bool isLiveAdmin) return KeyOutcome.KeyNotFound;
        if (tenant.Operator && isLiveAdmin && await CountAsync(connection, CountOtherAdminKeys, ct, Tenant(), Key(), Now(), Admin()) == 0)
        {
            return KeyOutcome.LastAdminKey;
        }

        await ScalarAsync(connection, RevokeKey, ct, Key(), Now());
        await transaction.CommitAsync(ct);
        return KeyOutcome.Done;
    }

    /// <summary>In the caller's transaction, unchecked.</summary>
    internal async Task<CreatedApiKey> InsertAsync(
        NpgsqlConnection connection, string tenantId, CreateApiKeyRequest request, CancellationToken ct)
    {
        var key = ApiKeyText.Make();

        // Whole microseconds, as the database keeps them: the answer and a later list agree.
        var now = clock.GetUtcNow();
        now = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
        var expiresAt = request.ExpiresAt?.ToUniversalTime();
        await ScalarAsync(
            connection,
            InsertKey,
            ct,
            Sql.Of(key.Id, NpgsqlDbType.Text),
            Sql.Of(tenantId, NpgsqlDbType.Text),
            Sql.Of(request.Name, NpgsqlDbType.Text),
            Sql.Of(key.Hash(), NpgsqlDbType.Bytea),
            Sql.Many(request.Scopes.ToArray(), NpgsqlDbType.Text),
            Sql.Of(now.UtcDateTime, NpgsqlDbType.TimestampTz),
            Sql.Of(expiresAt?.UtcDateTime, NpgsqlDbType.TimestampTz));
        return new CreatedApiKey(
            key.Reveal(),
            new ApiKeyView(key.Id, tenantId, request.Name, ApiKeyText.HintOf(key.Id), request.Scopes, now, expiresAt, null));
    }

    /// <summary>Locks the tenant's row, so that keys of one tenant are counted and changed by one transaction at a time.</summary>
    private static async Task<(bool Operator, bool Revoked)?> TenantStateAsync(NpgsqlConnection connection, string tenantId, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(LockTenant, connection);
        command.Parameters.Add(Sql.Of(tenantId, NpgsqlDbType.Text));
        await using var row = await command.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? (row.GetBoolean(0), row.GetBoolean(1)) : null;
    }

    private static async Task<long> CountAsync(NpgsqlConnection connection, string sql, CancellationToken ct, params NpgsqlParameter[] parameters) =>
        (long)(await ScalarAsync(connection, sql, ct, parameters))!;

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        return await command.ExecuteScalarAsync(ct);
    }
}
