using LeadScoring.Contracts;
using LeadScoring.Host;
using LeadScoring.Host.Leads.Listing;
using LeadScoring.Host.Leads.Refreshing;
using LeadScoring.Host.Scoring.Activation;
using LeadScoring.Host.Storage;
using LeadScoring.Host.Timers;
using Marten;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Benchmarks.Reading;

/// <summary>How PostgreSQL finds what lists and loops ask for, among as many leads as there are.</summary>
internal static class QueryPlans
{
    private const int Limit = 50;

    private static readonly (string Name, LeadQuery Query)[] Lists =
    [
        ("all, by score", new(LeadFilter.None, LeadSort.Score, Limit, After: null)),
        ("all, by score, a later page", new(LeadFilter.None, LeadSort.Score, Limit, new(BitConverter.DoubleToInt64Bits(20), Guid.Empty))),
        ("all, latest engaged", new(LeadFilter.None, LeadSort.LastEngagedAt, Limit, After: null)),
        ("all, latest changed", new(LeadFilter.None, LeadSort.UpdatedAt, Limit, After: null)),
        ("the queue of sales", new(LeadFilter.None with { Stages = [Stage.MarketingQualified] }, LeadSort.Score, Limit, After: null)),
        ("one owner's", new(LeadFilter.None with { Owner = "ann" }, LeadSort.Score, Limit, After: null)),
    ];

    public static async Task PrintAsync(NpgsqlDataSource database, string tenantId, CancellationToken ct)
    {
        await using var store = MartenSetup.StoreOf(database);
        await using var session = store.QuerySession(tenantId);
        foreach (var (name, query) in Lists)
        {
            await using var command = LeadList.Find(session, query).ToCommand();
            await PrintAsync(database, name, command.CommandText, [.. command.Parameters.Select(p => p.Clone())], ct);
        }

        await PrintAsync(
            database,
            "newly qualified by a version",
            SqlText.Load(typeof(HeldLeads), "list_held.sql"),
            [
                new() { Value = tenantId }, new() { Value = 2 }, Null(NpgsqlDbType.Array | NpgsqlDbType.Text),
                Null(NpgsqlDbType.Double), Null(NpgsqlDbType.Uuid), new() { Value = Limit },
            ],
            ct);
        foreach (var (name, sql) in new[] { ("reminders that are due", DueTimers.FindDue), ("scores to be refreshed", ScoreRefresh.FindDue) })
        {
            await PrintAsync(database, name, sql, [new() { Value = DateTime.UtcNow }, new() { Value = Limit }], ct);
        }
    }

    private static NpgsqlParameter Null(NpgsqlDbType type) => new() { Value = DBNull.Value, NpgsqlDbType = type };

    private static async Task PrintAsync(NpgsqlDataSource database, string name, string sql, NpgsqlParameter[] parameters, CancellationToken ct)
    {
        Console.WriteLine($"  {name}:");
        await using var command = database.CreateCommand($"explain (analyze, costs off, timing off, summary off) {sql}");
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        await using var lines = await command.ExecuteReaderAsync(ct);
        while (await lines.ReadAsync(ct)) Console.WriteLine($"    {lines.GetString(0)}");
    }
}
