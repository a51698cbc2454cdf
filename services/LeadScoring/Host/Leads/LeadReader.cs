using LeadScoring.Domain.Identities;
using LeadScoring.EventStore;
using LeadScoring.Host.Leads.Caching;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads;

/// <summary>One lead as it is now, by id or by a name it goes by.</summary>
public sealed class LeadReader(
    LeadReads reads, NpgsqlDataSource dataSource, LeadCache cache, LeadStreams streams, TenantModels models, TimeProvider clock)
{
    private static readonly string LookUpLead = SqlText.Load(typeof(LeadReader), "look_up_lead.sql");

    /// <returns>A row whose score answers for now and later under the active model; null: no such lead in the tenant.</returns>
    public async Task<LeadRow?> FindAsync(string tenantId, Guid leadId)
    {
        var row = await reads.FindAsync(new(tenantId, leadId));
        return row is null ? null : await UnderActiveAsync(row, CancellationToken.None);
    }

    /// <inheritdoc cref="FindAsync"/>
    public async Task<LeadRow?> LookUpAsync(string tenantId, Identity identity, CancellationToken ct)
    {
        var row = await ReadHolderAsync(tenantId, identity, ct);
        return row is null ? null : await UnderActiveAsync(row, ct);
    }

    private async Task<LeadRow?> ReadHolderAsync(string tenantId, Identity identity, CancellationToken ct)
    {
        var key = LeadKeys.Of(identity);
        var known = cache.FindHolder(tenantId, identity);
        await using var command = dataSource.CreateCommand(LookUpLead);
        command.Parameters.AddAll(
            Sql.Of(tenantId, NpgsqlDbType.Text),
            Sql.Of(key.Kind, NpgsqlDbType.Text),
            Sql.Of(key.Value, NpgsqlDbType.Text),
            Sql.Of(known?.Lead.Id ?? Guid.Empty, NpgsqlDbType.Uuid),
            Sql.Of(known?.Lead.Version ?? 0, NpgsqlDbType.Bigint));
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;
        return reader.GetBoolean(0)
            ? known
            : new(tenantId, LeadState.Read(reader.GetFieldValue<byte[]>(2)), reader.GetFieldValue<DateTimeOffset>(1));
    }

    private async Task<LeadRow> UnderActiveAsync(LeadRow row, CancellationToken ct)
    {
        models.EnsureReadable(row.TenantId);
        var timeline = models.Of(row.TenantId);
        return row.Lead.Under(timeline.At(clock.GetUtcNow()), timeline, history: null) is { } lead
            ? row with { Lead = lead }
            : await streams.FoldAsync(new(row.TenantId, row.Lead.Id), row.Lead.Version, ct);
    }
}
