using System.Text;
using LeadScoring.Benchmarks.Load;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.Benchmarks.Traffic;
using LeadScoring.EventStore;
using Npgsql;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>Makes the population known to the service before anything is measured, through its own API.</summary>
internal static class Preload
{
    private const int Batch = 1000;

    /// <summary>Engagements of each lead, a week apart, the last one a week ago.</summary>
    private const int WeeksMax = 3;

    private static readonly string ReadLeadIds = SqlText.Load(typeof(Preload), "read_lead_ids.sql");
    private static readonly string AnalyzeTables = SqlText.Load(typeof(Preload), "analyze_tables.sql");

    /// <returns>The ids of all leads.</returns>
    /// <exception cref="BenchmarkFailure">An engagement was not recorded, or made no lead.</exception>
    public static async Task<IReadOnlyList<Guid>> RunAsync(
        ServiceProcess service, NpgsqlDataSource database, EngagementTraffic traffic, Ledger ledger, CancellationToken ct)
    {
        using var connection = await HttpConnection.OpenAsync(service.EndPoint, ct);
        var request = new PostRequest("/v1/engagements/batch", service.ApiKey);
        var accepted = Encoding.ASCII.GetBytes($"{{\"recorded\":{Batch},\"duplicates\":0,\"rejected\":0,");
        for (var week = WeeksMax; week > 0; week--)
        {
            for (var first = 0; first < EngagementTraffic.Leads; first += Batch)
            {
                ct.ThrowIfCancellationRequested();
                var body = traffic.InTurn(first, Batch);
                Answers.Expect(await connection.ExchangeAsync(request.Compose(body, DateTime.UtcNow.AddDays(-7 * week))), 200, accepted);
                ledger.Add(Batch);
            }
        }

        var leads = await LeadIdsAsync(database, ct);
        if (leads.Count != EngagementTraffic.Leads)
        {
            throw new BenchmarkFailure($"{EngagementTraffic.Leads} people were posted, {leads.Count} leads were made.");
        }

        // Autovacuum would do so within a minute; until then the first figures would be those of a database without statistics.
        await using var analyze = database.CreateCommand(AnalyzeTables);
        await analyze.ExecuteNonQueryAsync(ct);
        return leads;
    }

    private static async Task<IReadOnlyList<Guid>> LeadIdsAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        var ids = new List<Guid>(EngagementTraffic.Leads);
        await using var read = database.CreateCommand(ReadLeadIds);
        await using var rows = await read.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) ids.Add(rows.GetGuid(0));
        return ids;
    }
}
