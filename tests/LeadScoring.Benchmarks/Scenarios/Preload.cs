using System.Text;
using LeadScoring.Benchmarks.Load;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.Benchmarks.Traffic;
using LeadScoring.EventStore;
using Npgsql;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>Makes populations known to the service before anything is measured, through its own API.</summary>
internal static class Preload
{
    private const int Batch = 1000;
    private const int Connections = 4;

    /// <summary>Engagements of each lead of the usual population, a week apart, the last one a week ago.</summary>
    private const int WeeksMax = 3;

    private static readonly string ReadLeadIds = SqlText.Load(typeof(Preload), "read_lead_ids.sql");
    private static readonly string AnalyzeTables = SqlText.Load(typeof(Preload), "analyze_tables.sql");

    /// <summary>The usual population, in a database that has no leads yet.</summary>
    /// <returns>The ids of all leads.</returns>
    /// <exception cref="BenchmarkFailure">An engagement was not recorded, or made no lead.</exception>
    public static async Task<IReadOnlyList<Guid>> RunAsync(
        ServiceProcess service, NpgsqlDataSource database, EngagementTraffic traffic, Ledger ledger, CancellationToken ct)
    {
        await PostAsync(service, traffic, WeeksMax, ledger, ct);
        var leads = await LeadIdsAsync(database, ct);
        if (leads.Count != traffic.LeadCount)
        {
            throw new BenchmarkFailure($"{traffic.LeadCount} people were posted, {leads.Count} leads were made.");
        }

        await AnalyzeAsync(database, ct);
        return leads;
    }

    /// <param name="weeks">How many engagements each lead gets, a week apart.</param>
    /// <exception cref="BenchmarkFailure">An engagement was not recorded.</exception>
    public static async Task PostAsync(ServiceProcess service, EngagementTraffic traffic, int weeks, Ledger ledger, CancellationToken ct)
    {
        for (var week = weeks; week > 0; week--)
        {
            var occurredAt = DateTime.UtcNow.AddDays(-7 * week);
            var firsts = Enumerable.Range(0, traffic.LeadCount / Batch).Select(i => i * Batch);
            await Parallel.ForEachAsync(
                firsts.Chunk((traffic.LeadCount / Batch / Connections) + 1),
                new ParallelOptions { MaxDegreeOfParallelism = Connections, CancellationToken = ct },
                async (share, stop) => await PostShareAsync(service, traffic, share, occurredAt, ledger, stop));
        }
    }

    /// <summary>Autovacuum would do so within a minute; until then the first figures would be those of a database without statistics.</summary>
    public static async Task AnalyzeAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var analyze = database.CreateCommand(AnalyzeTables);
        await analyze.ExecuteNonQueryAsync(ct);
    }

    /// <summary>One lead with so many engagements of its own, a batch an hour.</summary>
    /// <param name="traffic">Of one lead, with as many templates as a batch holds.</param>
    /// <exception cref="BenchmarkFailure">An engagement was not recorded.</exception>
    public static async Task<Guid> OneLeadAsync(
        ServiceProcess service, EngagementTraffic traffic, int engagements, Ledger ledger, CancellationToken ct)
    {
        using var connection = await HttpConnection.OpenAsync(service.EndPoint, ct);
        var request = new PostRequest("/v1/engagements/batch", service.ApiKey);
        HttpAnswer answer = default;
        for (var left = engagements; left > 0; left -= Batch)
        {
            var hours = left / Batch;
            answer = await connection.ExchangeAsync(request.Compose(traffic.InTurn(first: 0, Batch), DateTime.UtcNow.AddHours(-hours)));
            Answers.Expect(answer, 200, Recorded);
            ledger.Add(Batch);
        }

        var at = answer.BodyStart.Span.IndexOf("\"leadId\":\""u8) + "\"leadId\":\"".Length;
        return Guid.ParseExact(Encoding.ASCII.GetString(answer.BodyStart.Span.Slice(at, 36)), "D");
    }

    private static byte[] Recorded => Encoding.ASCII.GetBytes($"{{\"recorded\":{Batch},\"duplicates\":0,\"rejected\":0,");

    private static async Task PostShareAsync(
        ServiceProcess service, EngagementTraffic traffic, int[] firsts, DateTime occurredAt, Ledger ledger, CancellationToken ct)
    {
        using var connection = await HttpConnection.OpenAsync(service.EndPoint, ct);
        var request = new PostRequest("/v1/engagements/batch", service.ApiKey);
        foreach (var first in firsts)
        {
            ct.ThrowIfCancellationRequested();
            Answers.Expect(await connection.ExchangeAsync(request.Compose(traffic.InTurn(first, Batch), occurredAt)), 200, Recorded);
            ledger.Add(Batch);
        }
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
