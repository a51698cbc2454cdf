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

    /// <summary>
    /// The rows of an append's leads, as its companion (<see cref="IEventStore.AppendAsync"/>): the row of an append that
    /// lost is not written.
    /// </summary>
    /// <param name="rows">Each lead once; the row at a place belongs to the append at the same place of the call.</param>
    public static NpgsqlBatchCommand OfAppends(IReadOnlyList<LeadColumns> rows)
    {
        var positions = new long?[rows.Count];
        for (var i = 0; i < positions.Length; i++) positions[i] = i + 1;
        return Of(rows, positions);
    }

    /// <summary>Rows that are written whatever else happens in the transaction.</summary>
    /// <param name="rows">Each lead once.</param>
    public static NpgsqlBatchCommand Of(IReadOnlyList<LeadColumns> rows) => Of(rows, new long?[rows.Count]);

    private static NpgsqlBatchCommand Of(IReadOnlyList<LeadColumns> rows, long?[] positions)
    {
        var count = rows.Count;
        var (tenants, ids, versions) = (new string[count], new Guid[count], new long[count]);
        var (stages, grades, scores) = (new string[count], new string[count], new double[count]);
        var (scoresAsOf, refreshesDue) = (new DateTime[count], new DateTime?[count]);
        var (models, owners, states) = (new string[count], new string?[count], new byte[count][]);
        var (sources, campaigns) = (new string[count], new string[count]);
        var (lastEngagements, updates, timersDue) = (new DateTime[count], new DateTime[count], new DateTime?[count]);
        var heldFor = new int?[count];
        for (var i = 0; i < count; i++)
        {
            var row = rows[i];
            tenants[i] = row.TenantId;
            ids[i] = row.Id;
            versions[i] = row.Version;
            stages[i] = row.Stage;
            grades[i] = row.Grade;
            scores[i] = row.Score;
            scoresAsOf[i] = row.ScoreAsOf.UtcDateTime;
            refreshesDue[i] = row.RefreshDueAt?.UtcDateTime;
            models[i] = row.ModelId;
            owners[i] = row.Owner;
            sources[i] = ArrayLiteral(row.Sources);
            campaigns[i] = ArrayLiteral(row.Campaigns);
            lastEngagements[i] = row.LastEngagedAt.UtcDateTime;
            updates[i] = row.UpdatedAt.UtcDateTime;
            timersDue[i] = row.TimerDueAt?.UtcDateTime;
            heldFor[i] = row.HeldFor;
            states[i] = row.State;
        }

        return Sql.BatchCommand(
            UpsertLeads,
            Sql.Many(tenants, NpgsqlDbType.Text),
            Sql.Many(ids, NpgsqlDbType.Uuid),
            Sql.Many(versions, NpgsqlDbType.Bigint),
            Sql.Many(stages, NpgsqlDbType.Text),
            Sql.Many(grades, NpgsqlDbType.Text),
            Sql.Many(scores, NpgsqlDbType.Double),
            Sql.Many(scoresAsOf, NpgsqlDbType.TimestampTz),
            Sql.Many(refreshesDue, NpgsqlDbType.TimestampTz),
            Sql.Many(models, NpgsqlDbType.Text),
            Sql.Many(owners, NpgsqlDbType.Text),
            Sql.Many(sources, NpgsqlDbType.Text),
            Sql.Many(campaigns, NpgsqlDbType.Text),
            Sql.Many(lastEngagements, NpgsqlDbType.TimestampTz),
            Sql.Many(updates, NpgsqlDbType.TimestampTz),
            Sql.Many(timersDue, NpgsqlDbType.TimestampTz),
            Sql.Many(heldFor, NpgsqlDbType.Integer),
            Sql.Many(states, NpgsqlDbType.Bytea),
            Sql.Many(positions, NpgsqlDbType.Bigint));
    }

    /// <summary>Every element is quoted, so that no text in it can mean anything but itself.</summary>
    private static string ArrayLiteral(IReadOnlyList<string> values)
    {
        if (values.Count == 0) return "{}";
        if (values.Count == 1 && !values[0].AsSpan().ContainsAny('\\', '"')) return $"{{\"{values[0]}\"}}";
        var literal = new StringBuilder("{");
        for (var i = 0; i < values.Count; i++)
        {
            if (i > 0) literal.Append(',');
            literal.Append('"').Append(values[i].Replace("\\", "\\\\").Replace("\"", "\\\"")).Append('"');
        }

        return literal.Append('}').ToString();
    }
}
