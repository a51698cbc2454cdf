using LeadScoring.EventStore;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Settings;

/// <summary>A setting as a tenant put it.</summary>
/// <param name="Version">1 or more; the ETag.</param>
/// <param name="Body">JSON.</param>
public sealed record TenantSetting(string TenantId, string Name, long Version, string Body);

/// <summary>What tenants have settled for themselves.</summary>
public sealed class TenantSettings(NpgsqlDataSource dataSource, TimeProvider clock)
{
    /// <summary>The version of a setting nobody has put.</summary>
    public const long VersionOfDefault = 0;

    private static readonly string ReadSettings = SqlText.Load(typeof(TenantSettings), "read_settings.sql");
    private static readonly string PutSetting = SqlText.Load(typeof(TenantSettings), "put_setting.sql");

    public async Task<IReadOnlyList<TenantSetting>> ReadAsync(string[] tenantIds, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(ReadSettings);
        command.Parameters.Add(Sql.Many(tenantIds, NpgsqlDbType.Text));
        await using var rows = await command.ExecuteReaderAsync(ct);
        var settings = new List<TenantSetting>();
        while (await rows.ReadAsync(ct)) settings.Add(new(rows.GetString(0), rows.GetString(1), rows.GetInt64(2), rows.GetString(3)));
        return settings;
    }

    /// <returns>Null when the tenant has not put it.</returns>
    public async Task<TenantSetting?> FindAsync(string tenantId, string name, CancellationToken ct) =>
        (await ReadAsync([tenantId], ct)).FirstOrDefault(s => s.Name == name);

    /// <param name="expectedVersion">Null: any.</param>
    /// <returns>The version it has by this; null: it has another than the expected one.</returns>
    public async Task<long?> PutAsync(string tenantId, string name, string body, long? expectedVersion, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(PutSetting);
        command.Parameters.AddAll(
            Sql.Of(tenantId, NpgsqlDbType.Text),
            Sql.Of(name, NpgsqlDbType.Text),
            Sql.Of(body, NpgsqlDbType.Text),
            Sql.Of(clock.GetUtcNow(), NpgsqlDbType.TimestampTz),
            Sql.Of(expectedVersion, NpgsqlDbType.Bigint));
        return await command.ExecuteScalarAsync(ct) as long?;
    }
}
