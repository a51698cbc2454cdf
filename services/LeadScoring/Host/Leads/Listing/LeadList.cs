using LeadScoring.Contracts;
using LeadScoring.EventStore;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads.Listing;

/// <summary>Leads by filter, highest or latest first, a page at a time, with the score their rows store.</summary>
public sealed class LeadList(NpgsqlDataSource dataSource, TenantModels models, TimeProvider clock)
{
    private static readonly string ByScore = SqlText.Load(typeof(LeadList), "list_leads_by_score.sql");
    private static readonly string ByLastEngagedAt = SqlText.Load(typeof(LeadList), "list_leads_by_last_engaged_at.sql");
    private static readonly string ByUpdatedAt = SqlText.Load(typeof(LeadList), "list_leads_by_updated_at.sql");
    private static readonly string PlanForGivenFilters = SqlText.Load(typeof(LeadList), "plan_for_given_filters.sql");

    public async Task<LeadPage> ReadAsync(string tenantId, LeadQuery query, CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Sql.BatchCommand(PlanForGivenFilters));
        batch.BatchCommands.Add(Page(tenantId, query));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);

        var leads = new List<LeadSummary>(query.Limit);
        PageCursor last = default;
        var isMore = false;
        while (await reader.ReadAsync(ct))
        {
            // One row more than the page holds was asked for: it tells that there is a next page.
            if (isMore = leads.Count == query.Limit) break;
            var row = new LeadRow(tenantId, LeadState.Read(reader.GetFieldValue<byte[]>(5)), reader.GetFieldValue<DateTimeOffset>(4));
            leads.Add(LeadViews.Summary(row, models.Of(row), reader.GetDouble(1), reader.GetFieldValue<DateTimeOffset>(2)));
            last = new(SortKey(reader, query.Sort), reader.GetGuid(0));
        }

        return new(leads, isMore ? last.Write(query.Filter.NameOf(query.Sort), clock.GetUtcNow()) : null);
    }

    private static NpgsqlBatchCommand Page(string tenantId, LeadQuery query)
    {
        var filter = query.Filter;
        var stages = filter.Stages.Distinct().Select(s => LeadColumns.StageText((Domain.Leads.Stage)s)).ToArray();
        return Sql.BatchCommand(
            Statement(query.Sort),
            Sql.Of(tenantId, NpgsqlDbType.Text),
            Sql.Of(stages.Length == 1 ? stages[0] : null, NpgsqlDbType.Text),
            Sql.Of(stages.Length > 1 ? stages : null, NpgsqlDbType.Array | NpgsqlDbType.Text),
            Sql.Of(
                filter.Grades.Count > 0 ? filter.Grades.Select(g => g.ToString()).ToArray() : null,
                NpgsqlDbType.Array | NpgsqlDbType.Text),
            Sql.Of(filter.MinScore, NpgsqlDbType.Double),
            Sql.Of(filter.Source, NpgsqlDbType.Text),
            Sql.Of(filter.Campaign, NpgsqlDbType.Text),
            Sql.Of(filter.Owner, NpgsqlDbType.Text),
            Sql.Of(filter.EngagedSince?.ToUniversalTime(), NpgsqlDbType.TimestampTz),
            After(query),
            Sql.Of(query.After?.Id, NpgsqlDbType.Uuid),
            Sql.Of(query.Limit + 1, NpgsqlDbType.Integer));
    }

    private static string Statement(LeadSort sort) => sort switch
    {
        LeadSort.Score => ByScore,
        LeadSort.LastEngagedAt => ByLastEngagedAt,
        LeadSort.UpdatedAt => ByUpdatedAt,
        _ => throw new ArgumentOutOfRangeException(nameof(sort)),
    };

    private static NpgsqlParameter After(LeadQuery query) => query.Sort == LeadSort.Score
        ? Sql.Of(query.After is { } score ? BitConverter.Int64BitsToDouble(score.SortKey) : (double?)null, NpgsqlDbType.Double)
        : Sql.Of(query.After is { } time ? Instant(time.SortKey) : (DateTimeOffset?)null, NpgsqlDbType.TimestampTz);

    private static long SortKey(NpgsqlDataReader row, LeadSort sort) => sort switch
    {
        LeadSort.Score => BitConverter.DoubleToInt64Bits(row.GetDouble(1)),
        LeadSort.LastEngagedAt => row.GetFieldValue<DateTimeOffset>(3).UtcTicks,
        _ => row.GetFieldValue<DateTimeOffset>(4).UtcTicks,
    };

    /// <summary>A forged cursor may hold any bits; they only have to be some instant.</summary>
    private static DateTimeOffset Instant(long ticks) =>
        new(Math.Clamp(ticks, DateTimeOffset.MinValue.Ticks, DateTimeOffset.MaxValue.Ticks), TimeSpan.Zero);
}
