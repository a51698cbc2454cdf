using LeadScoring.Contracts;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Scoring.Shadow;

/// <summary>Counts what a version in shadow would have qualified, beside what was qualified.</summary>
public sealed class ShadowCounts(NpgsqlDataSource dataSource)
{
    /// <summary>Two years; the latest are shown.</summary>
    public const int WeeksMax = 104;

    private static readonly string CountShadowWeeks = SqlText.Load(typeof(ShadowCounts), "count_shadow_weeks.sql");
    private static readonly string CountShadowTotals = SqlText.Load(typeof(ShadowCounts), "count_shadow_totals.sql");

    /// <returns>Ascending; weeks without anything are left out.</returns>
    public async Task<IReadOnlyList<ShadowWeek>> WeeksAsync(string tenantId, int version, DateTimeOffset since, CancellationToken ct)
    {
        await using var command = Command(CountShadowWeeks, tenantId, version, since);
        command.Parameters.Add(Sql.Of(WeeksMax, NpgsqlDbType.Integer));
        await using var rows = await command.ExecuteReaderAsync(ct);
        var weeks = new List<ShadowWeek>();
        while (await rows.ReadAsync(ct)) weeks.Add(new(rows.GetFieldValue<DateOnly>(0).ToString("O"), rows.GetInt64(1), rows.GetInt64(2)));
        weeks.Reverse();
        return weeks;
    }

    public async Task<ShadowTotals> TotalsAsync(string tenantId, int version, DateTimeOffset since, CancellationToken ct)
    {
        await using var command = Command(CountShadowTotals, tenantId, version, since);
        await using var rows = await command.ExecuteReaderAsync(ct);
        await rows.ReadAsync(ct);
        return new(rows.GetInt64(0), rows.GetInt64(1), rows.GetInt64(2), rows.GetInt64(3), rows.GetInt64(4));
    }

    private NpgsqlCommand Command(string sql, string tenantId, int version, DateTimeOffset since)
    {
        var command = dataSource.CreateCommand(sql);
        command.Parameters.AddAll(
            Sql.Of(tenantId, NpgsqlDbType.Text), Sql.Of(version, NpgsqlDbType.Integer), Sql.Of(since.UtcDateTime, NpgsqlDbType.TimestampTz));
        return command;
    }
}
