using System.Text.Json;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads;

/// <summary>Lead documents as the columns of Marten's table, for statements that write many at once.</summary>
internal static class LeadDocuments
{
    private static readonly string RewriteDocuments = SqlText.Load(typeof(LeadDocuments), "rewrite_documents.sql");

    /// <summary>Stores leads that were scored anew and to which nothing happened, unless something did meanwhile.</summary>
    public static NpgsqlBatchCommand Rewriting(IReadOnlyList<LeadDocument> leads) => Sql.BatchCommand(RewriteDocuments, Columns(leads));

    /// <summary>tenant_id, id, mt_version, data, stage, grade, score, model_id, owner, held_for, last_engaged_at, updated_at, refresh_due_at, timer_due_at.</summary>
    public static NpgsqlParameter[] Columns(IReadOnlyList<LeadDocument> leads) =>
    [
        Sql.Many(Of(leads, l => l.TenantId), NpgsqlDbType.Text),
        Sql.Many(Of(leads, l => l.Id), NpgsqlDbType.Uuid),
        Sql.Many(Of(leads, l => l.Version), NpgsqlDbType.Bigint),
        Sql.Many(Of(leads, l => JsonSerializer.SerializeToUtf8Bytes(StoredLeadDocument.Of(l), LeadJsonContext.Default.StoredLeadDocument)), NpgsqlDbType.Jsonb),
        Sql.Many(Of(leads, l => l.Stage.ToString()), NpgsqlDbType.Text),
        Sql.Many(Of(leads, l => l.Grade.ToString()), NpgsqlDbType.Text),
        Sql.Many(Of(leads, l => l.Score), NpgsqlDbType.Double),
        Sql.Many(Of(leads, l => l.ModelId), NpgsqlDbType.Text),
        Sql.Many(Of(leads, l => l.Owner), NpgsqlDbType.Text),
        Sql.Many(Of(leads, l => l.HeldFor), NpgsqlDbType.Integer),
        Sql.Many(Of(leads, l => l.LastEngagedAt.UtcDateTime), NpgsqlDbType.TimestampTz),
        Sql.Many(Of(leads, l => l.UpdatedAt.UtcDateTime), NpgsqlDbType.TimestampTz),
        Sql.Many(Of(leads, l => l.RefreshDueAt?.UtcDateTime), NpgsqlDbType.TimestampTz),
        Sql.Many(Of(leads, l => l.TimerDueAt?.UtcDateTime), NpgsqlDbType.TimestampTz),
    ];

    /// <summary>The columns that do not say what the document does, which lists and loops would be misled by.</summary>
    /// <param name="row">The columns behind <c>data</c>, in the order of <see cref="Columns"/>, from the third field on.</param>
    public static IEnumerable<string> Misleading(LeadDocument lead, NpgsqlDataReader row)
    {
        if (row.GetInt64(3) != lead.Version) yield return "mt_version";
        if (row.GetString(4) != lead.Stage.ToString()) yield return "stage";
        if (row.GetString(5) != lead.Grade.ToString()) yield return "grade";
        if (!row.GetDouble(6).Equals(lead.Score)) yield return "score";
        if (row.GetString(7) != lead.ModelId) yield return "model_id";
        if ((row.IsDBNull(8) ? null : row.GetString(8)) != lead.Owner) yield return "owner";
        if (row.GetFieldValue<int?>(9) != lead.HeldFor) yield return "held_for";
        if (IsAnother(10, lead.LastEngagedAt)) yield return "last_engaged_at";
        if (IsAnother(11, lead.UpdatedAt)) yield return "updated_at";
        if (IsAnother(12, lead.RefreshDueAt)) yield return "refresh_due_at";
        if (IsAnother(13, lead.TimerDueAt)) yield return "timer_due_at";

        // PostgreSQL keeps microseconds; "never" is stored as -infinity.
        bool IsAnother(int field, DateTimeOffset? said) =>
            said is null || row.IsDBNull(field)
                ? said is null != row.IsDBNull(field)
                : (row.GetDateTime(field) - said.Value.UtcDateTime).Duration() > TimeSpan.FromMicroseconds(1);
    }

    private static T[] Of<T>(IReadOnlyList<LeadDocument> leads, Func<LeadDocument, T> column)
    {
        var values = new T[leads.Count];
        for (var i = 0; i < values.Length; i++) values[i] = column(leads[i]);
        return values;
    }
}
