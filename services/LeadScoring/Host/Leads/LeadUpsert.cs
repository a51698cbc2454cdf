using System.Text;
using LeadScoring.EventStore;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads;

/// <summary>Writes many lead rows with one statement, in the transaction of their events.</summary>
public static class LeadUpsert
{
    private static readonly string UpsertLeads = SqlText.Load(typeof(LeadUpsert), "upsert_leads.sql");

    /// <param name="rows">Each lead once.</param>
    /// <param name="lastEventIds">
    /// By row, the last event of the append the row belongs to: the row is written only when that event is stored.
    /// Null: it is written whatever is stored.
    /// </param>
    public static NpgsqlBatchCommand Of(IReadOnlyList<LeadColumns> rows, IReadOnlyList<Guid?> lastEventIds) => Sql.BatchCommand(
        UpsertLeads,
        Column(rows, r => r.TenantId, NpgsqlDbType.Text),
        Column(rows, r => r.Id, NpgsqlDbType.Uuid),
        Column(rows, r => r.Version, NpgsqlDbType.Bigint),
        Column(rows, r => r.Stage, NpgsqlDbType.Text),
        Column(rows, r => r.Grade, NpgsqlDbType.Text),
        Column(rows, r => r.Score, NpgsqlDbType.Double),
        Column(rows, r => r.ScoreAsOf, NpgsqlDbType.TimestampTz),
        Column(rows, r => r.RefreshDueAt, NpgsqlDbType.TimestampTz),
        Column(rows, r => r.ModelId, NpgsqlDbType.Text),
        Column(rows, r => r.Owner, NpgsqlDbType.Text),
        Column(rows, r => ArrayLiteral(r.Sources), NpgsqlDbType.Text),
        Column(rows, r => ArrayLiteral(r.Campaigns), NpgsqlDbType.Text),
        Column(rows, r => r.LastEngagedAt, NpgsqlDbType.TimestampTz),
        Column(rows, r => r.UpdatedAt, NpgsqlDbType.TimestampTz),
        Column(rows, r => r.State, NpgsqlDbType.Bytea),
        Sql.Many(lastEventIds.ToArray(), NpgsqlDbType.Uuid));

    private static NpgsqlParameter Column<T>(IReadOnlyList<LeadColumns> rows, Func<LeadColumns, T> value, NpgsqlDbType type)
    {
        var values = new T[rows.Count];
        for (var i = 0; i < values.Length; i++) values[i] = value(rows[i]);
        return Sql.Many(values, type);
    }

    /// <summary>Every element is quoted, so that no text in it can mean anything but itself.</summary>
    private static string ArrayLiteral(IReadOnlyList<string> values)
    {
        if (values.Count == 0) return "{}";
        var literal = new StringBuilder("{");
        foreach (var value in values)
        {
            if (literal.Length > 1) literal.Append(',');
            literal.Append('"').Append(value.Replace("\\", "\\\\").Replace("\"", "\\\"")).Append('"');
        }

        return literal.Append('}').ToString();
    }
}
