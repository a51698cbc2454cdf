using System.Text;
using LeadScoring.Benchmarks.Load;
using LeadScoring.Benchmarks.Scenarios;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.Benchmarks.Traffic;
using LeadScoring.EventStore;
using Npgsql;

namespace LeadScoring.Benchmarks.Growth;

/// <summary>Makes the population that is posted to known to a service, through its own API, whatever else its database holds.</summary>
internal static class KnownLeads
{
    private const int Batch = 1000;

    /// <summary>Engagements of each lead, a week apart, the last one a week ago.</summary>
    private const int WeeksMax = 3;

    private static readonly string AnalyzeTables = SqlText.Load(typeof(Preload), "analyze_tables.sql");

    /// <exception cref="BenchmarkFailure">An engagement was not recorded.</exception>
    public static async Task PostAsync(
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

        await using var analyze = database.CreateCommand(AnalyzeTables);
        await analyze.ExecuteNonQueryAsync(ct);
    }
}
