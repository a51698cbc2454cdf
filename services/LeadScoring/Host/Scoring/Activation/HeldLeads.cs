using LeadScoring.Contracts;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Listing;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Scoring.Activation;

/// <summary>The leads that crossed only because the model changed, best score first.</summary>
public sealed class HeldLeads(NpgsqlDataSource dataSource, TenantModels models)
{
    private static readonly string ListHeld = SqlText.Load(typeof(HeldLeads), "list_held.sql");
    private static readonly string CountHeld = SqlText.Load(typeof(HeldLeads), "count_held.sql");

    /// <param name="grades">Only these; empty: all.</param>
    /// <param name="after">Null: from the best on.</param>
    public async Task<List<(HeldLead View, PageCursor Place)>> ListAsync(
        string tenantId, int modelVersion, IReadOnlyList<Grade> grades, PageCursor? after, int limit, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(ListHeld);
        command.Parameters.AddAll(
            Sql.Of(tenantId, NpgsqlDbType.Text),
            Sql.Of(modelVersion, NpgsqlDbType.Integer),
            Sql.Of(grades.Count > 0 ? TextsOf(grades) : null, NpgsqlDbType.Array | NpgsqlDbType.Text),
            Sql.Of(after is { } place ? BitConverter.Int64BitsToDouble(place.SortKey) : (double?)null, NpgsqlDbType.Double),
            Sql.Of(after?.Id, NpgsqlDbType.Uuid),
            Sql.Of(limit, NpgsqlDbType.Integer));
        await using var rows = await command.ExecuteReaderAsync(ct);
        var held = new List<(HeldLead, PageCursor)>();
        while (await rows.ReadAsync(ct))
        {
            var lead = LeadDocument.Read(tenantId, rows.GetFieldValue<byte[]>(0));
            held.Add((ViewOf(lead), new(BitConverter.DoubleToInt64Bits(lead.Score), lead.Id)));
        }

        return held;
    }

    /// <summary>How many are held for a version, by grade.</summary>
    public async Task<IReadOnlyDictionary<string, long>> CountAsync(string tenantId, int modelVersion, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(CountHeld);
        command.Parameters.AddAll(Sql.Of(tenantId, NpgsqlDbType.Text), Sql.Of(modelVersion, NpgsqlDbType.Integer));
        await using var rows = await command.ExecuteReaderAsync(ct);
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        while (await rows.ReadAsync(ct)) counts.Add(rows.GetString(0), rows.GetInt64(1));
        return counts;
    }

    /// <summary>As the grade column writes them, each once.</summary>
    public static string[] TextsOf(IReadOnlyList<Grade> grades) => [.. grades.Distinct().Order().Select(g => g.ToString())];

    private HeldLead ViewOf(LeadDocument row)
    {
        var summary = LeadViews.Summary(row, models.Of(row), row.Score, row.ScoreAsOf);
        return new(
            summary.LeadId, summary.Score, summary.ScoreAsOf, summary.Grade, summary.Rating, summary.Email, summary.Name, summary.Company,
            row.Lead.Hold!.At.ToUniversalTime(), row.Lead.CoolDownUntil?.ToUniversalTime(), summary.Version);
    }
}
