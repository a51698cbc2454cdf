using LeadScoring.Contracts;
using LeadScoring.EventStore;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Access;

public enum TenantOutcome
{
    Done,
    AlreadySo,
    NotFound,

    /// <summary>The id belongs to another tenant, or to this one under another name, or to a revoked one.</summary>
    Taken,

    /// <summary>The operator tenant cannot be revoked: nobody could manage the others.</summary>
    Operator,

    TooMany,
}

/// <summary>The tenants as the database has them.</summary>
public sealed class Tenants(NpgsqlDataSource database, TimeProvider clock)
{
    /// <summary>Tenants there can be, revoked ones included; also the longest list.</summary>
    public const int CountMax = 1000;

    private static readonly string InsertTenant = SqlText.Load(typeof(Tenants), "insert_tenant.sql");
    private static readonly string ListTenants = SqlText.Load(typeof(Tenants), "list_tenants.sql");
    private static readonly string FindTenant = SqlText.Load(typeof(Tenants), "find_tenant.sql");
    private static readonly string RevokeTenant = SqlText.Load(typeof(Tenants), "revoke_tenant.sql");

    public async Task<IReadOnlyList<TenantView>> ListAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand(ListTenants);
        command.Parameters.Add(Sql.Of(CountMax, NpgsqlDbType.Integer));
        return await ReadAsync(command, ct);
    }

    public async Task<TenantView?> FindAsync(string id, CancellationToken ct)
    {
        await using var command = database.CreateCommand(FindTenant);
        command.Parameters.Add(Sql.Of(id, NpgsqlDbType.Text));
        return (await ReadAsync(command, ct)).SingleOrDefault();
    }

    /// <summary>The first tenant there is becomes the operator.</summary>
    public async Task<(TenantOutcome Outcome, TenantView? Tenant)> CreateAsync(string id, string name, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await TenantLock.TakeAsync(connection, ct);
        await using var insert = new NpgsqlCommand(InsertTenant, connection);
        insert.Parameters.Add(Sql.Of(id, NpgsqlDbType.Text));
        insert.Parameters.Add(Sql.Of(name, NpgsqlDbType.Text));
        insert.Parameters.Add(Sql.Of(clock.GetUtcNow().UtcDateTime, NpgsqlDbType.TimestampTz));
        insert.Parameters.Add(Sql.Of(CountMax, NpgsqlDbType.Integer));
        var made = (await ReadAsync(insert, ct)).SingleOrDefault();
        await transaction.CommitAsync(ct);
        if (made is not null) return (TenantOutcome.Done, made);

        var existing = await FindAsync(id, ct);
        if (existing is null) return (TenantOutcome.TooMany, null);
        return existing.Name == name && existing.RevokedAt is null ? (TenantOutcome.AlreadySo, existing) : (TenantOutcome.Taken, null);
    }

    public async Task<TenantOutcome> RevokeAsync(string id, CancellationToken ct)
    {
        await using var command = database.CreateCommand(RevokeTenant);
        command.Parameters.Add(Sql.Of(id, NpgsqlDbType.Text));
        command.Parameters.Add(Sql.Of(clock.GetUtcNow().UtcDateTime, NpgsqlDbType.TimestampTz));
        if (await command.ExecuteNonQueryAsync(ct) > 0) return TenantOutcome.Done;
        return await FindAsync(id, ct) switch
        {
            null => TenantOutcome.NotFound,
            { Operator: true } => TenantOutcome.Operator,
            _ => TenantOutcome.AlreadySo,
        };
    }

    private static async Task<List<TenantView>> ReadAsync(NpgsqlCommand command, CancellationToken ct)
    {
        await using var rows = await command.ExecuteReaderAsync(ct);
        var tenants = new List<TenantView>();
        while (await rows.ReadAsync(ct))
        {
            tenants.Add(new TenantView(
                rows.GetString(0),
                rows.GetString(1),
                rows.GetBoolean(2),
                rows.GetFieldValue<DateTimeOffset>(3),
                await rows.IsDBNullAsync(4, ct) ? null : rows.GetFieldValue<DateTimeOffset>(4)));
        }

        return tenants;
    }
}
