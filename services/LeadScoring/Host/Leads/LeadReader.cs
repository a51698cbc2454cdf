using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Scoring;
using LeadScoring.EventStore;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads;

/// <summary>One lead as it is now, by id or by a name it goes by.</summary>
public sealed class LeadReader(NpgsqlDataSource dataSource, LeadStreams streams, ScoringModel model, TimeProvider clock)
{
    private static readonly string FindLead = SqlText.Load(typeof(LeadReader), "find_lead.sql");
    private static readonly string LookUpLead = SqlText.Load(typeof(LeadReader), "look_up_lead.sql");

    /// <returns>A row whose score answers for now and later under the active model; null: no such lead in the tenant.</returns>
    public Task<LeadRow?> FindAsync(string tenantId, Guid leadId, CancellationToken ct) => ReadAsync(
        FindLead, tenantId, [Sql.Of(tenantId, NpgsqlDbType.Text), Sql.Of(leadId, NpgsqlDbType.Uuid)], ct);

    /// <inheritdoc cref="FindAsync"/>
    public Task<LeadRow?> LookUpAsync(string tenantId, Identity identity, CancellationToken ct)
    {
        var key = LeadKeys.Of(identity);
        return ReadAsync(
            LookUpLead,
            tenantId,
            [Sql.Of(tenantId, NpgsqlDbType.Text), Sql.Of(key.Kind, NpgsqlDbType.Text), Sql.Of(key.Value, NpgsqlDbType.Text)],
            ct);
    }

    private async Task<LeadRow?> ReadAsync(string sql, string tenantId, NpgsqlParameter[] parameters, CancellationToken ct)
    {
        LeadRow row;
        await using (var command = dataSource.CreateCommand(sql))
        {
            command.Parameters.AddAll(parameters);
            await using var reader = await command.ExecuteReaderAsync(ct);
            if (!await reader.ReadAsync(ct)) return null;
            row = new(tenantId, LeadState.Read(reader.GetFieldValue<byte[]>(1)), reader.GetFieldValue<DateTimeOffset>(0));
        }

        var lead = row.Lead;
        return lead.Score.CanAnswer(lead.ClockAt(clock.GetUtcNow()), model)
            ? row
            : await streams.FoldAsync(new(tenantId, lead.Id), lead.Version, ct);
    }
}
