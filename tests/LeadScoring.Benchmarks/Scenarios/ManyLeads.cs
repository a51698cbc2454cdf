using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.Benchmarks.Traffic;
using LeadScoring.Domain;
using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using LeadScoring.EventStore;
using LeadScoring.Host.Leads;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>
/// A tenant with a million leads, whose rows are the production fold's but are copied straight into their table: a list reads
/// nothing else, and posting them would take longer than everything that is measured.
/// </summary>
internal static class ManyLeads
{
    public const string TenantId = "benchmark-list";

    private const int Count = 1_000_000;
    private const int Shards = 2;
    private const int RowsPerCopy = 20_000;
    private const int StatementSecondsMax = 600;
    private const int EngagementsMax = 5;
    private const int DaysMax = 60;
    private const int Owners = 40;
    private const int CursorPages = 40;
    private const int CursorPageRows = 200;

    private static readonly string[] Seniorities = ["c_level", "vp", "director", "manager", "head", "specialist", "student"];
    private static readonly string CopyLeads = SqlText.Load(typeof(ManyLeads), "copy_leads.sql");
    private static readonly string VacuumLead = SqlText.Load(typeof(ManyLeads), "vacuum_lead.sql");

    /// <returns>An API key of the tenant.</returns>
    public static async Task<string> SeedAsync(string connectionString, CancellationToken ct)
    {
        var key = await ServiceProcess.CreateKeyAsync(connectionString, TenantId, ct);
        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { CommandTimeout = StatementSecondsMax });
        await Task.WhenAll(Enumerable.Range(0, Shards).Select(shard => Task.Run(() => CopyAsync(database, shard, ct), ct)));
        await using var vacuum = database.CreateCommand(VacuumLead);
        await vacuum.ExecuteNonQueryAsync(ct);
        return key;
    }

    /// <summary>Walks the list as a client would.</summary>
    /// <returns>A cursor after each page walked by.</returns>
    /// <exception cref="BenchmarkFailure">The list ends early.</exception>
    public static async Task<IReadOnlyList<string>> CursorsAsync(ServiceProcess service, string apiKey, CancellationToken ct)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://{service.EndPoint}") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        var cursors = new List<string>();
        for (var page = 0; page < CursorPages; page++)
        {
            var after = page == 0 ? "" : $"&cursor={cursors[^1]}";
            using var answer = JsonDocument.Parse(await http.GetStringAsync(new Uri($"/v1/leads?sort=score&limit={CursorPageRows}{after}", UriKind.Relative), ct));
            cursors.Add(answer.RootElement.GetProperty("nextCursor").GetString() ?? throw new BenchmarkFailure("The list of a million leads ended early."));
        }

        return cursors;
    }

    private static async Task CopyAsync(NpgsqlDataSource database, int shard, CancellationToken ct)
    {
        var random = new Random(shard);
        var model = ScoringModelDocument.Default;
        var now = DateTimeOffset.UtcNow;
        await using var connection = await database.OpenConnectionAsync(ct);
        for (var first = shard; first < Count; first += RowsPerCopy * Shards)
        {
            await using var copy = await connection.BeginBinaryImportAsync(CopyLeads, ct);
            for (var number = first; number < Math.Min(Count, first + (RowsPerCopy * Shards)); number += Shards)
            {
                await WriteAsync(copy, LeadColumns.Of(new(TenantId, Lead(number, random, model, now), now), model, now), ct);
            }

            await copy.CompleteAsync(ct);
        }
    }

    private static Lead Lead(int number, Random random, ScoringModel model, DateTimeOffset now)
    {
        var capturedAt = now.AddDays(-DaysMax);
        var attributes = new Dictionary<string, Scalar?>(StringComparer.Ordinal)
        {
            ["name"] = Scalar.Of($"Person {number}"),
            ["company"] = Scalar.Of($"Company {number % 50_000}"),
            ["seniority"] = Scalar.Of(Seniorities[random.Next(Seniorities.Length)]),
        };
        var lead = Domain.Leads.Lead.New(Guid.CreateVersion7(), model)
            .Evolve(new LeadCaptured("website", capturedAt), model)
            .Evolve(new IdentityLinked(IdentityKind.Email, $"person.{number}@company-{number % 50_000}.example", capturedAt), model)
            .Evolve(new AttributesChanged(attributes, "import", capturedAt), model);
        for (var left = 1 + random.Next(EngagementsMax); left > 0; left--)
        {
            var sample = SampledEngagement.Take(random);
            var occurredAt = capturedAt.AddSeconds(random.Next(DaysMax * 24 * 3600));
            lead = lead.Evolve(
                new EngagementRecorded(
                    sample.Source, $"list-{number}-{left}", sample.Type, occurredAt, null, sample.Campaign, sample.Channel, sample.Asset, null, sample.Properties),
                model);
        }

        return lead with { Owner = number % 10 == 0 ? string.Create(CultureInfo.InvariantCulture, $"owner-{number % Owners}") : null };
    }

    private static async ValueTask WriteAsync(NpgsqlBinaryImporter copy, LeadColumns row, CancellationToken ct)
    {
        await copy.StartRowAsync(ct);
        await copy.WriteAsync(row.TenantId, NpgsqlDbType.Varchar, ct);
        await copy.WriteAsync(row.Id, NpgsqlDbType.Uuid, ct);
        await copy.WriteAsync(row.Version, NpgsqlDbType.Bigint, ct);
        await copy.WriteAsync(row.Stage, NpgsqlDbType.Varchar, ct);
        await copy.WriteAsync(row.Grade, NpgsqlDbType.Varchar, ct);
        await copy.WriteAsync(row.Score, NpgsqlDbType.Double, ct);
        await copy.WriteAsync(row.ScoreAsOf, NpgsqlDbType.TimestampTz, ct);
        if (row.RefreshDueAt is { } due) await copy.WriteAsync(due, NpgsqlDbType.TimestampTz, ct);
        else await copy.WriteNullAsync(ct);
        await copy.WriteAsync(row.ModelId, NpgsqlDbType.Varchar, ct);
        if (row.Owner is { } owner) await copy.WriteAsync(owner, NpgsqlDbType.Varchar, ct);
        else await copy.WriteNullAsync(ct);
        await copy.WriteAsync(row.Sources.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text, ct);
        await copy.WriteAsync(row.Campaigns.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text, ct);
        await copy.WriteAsync(row.LastEngagedAt, NpgsqlDbType.TimestampTz, ct);
        await copy.WriteAsync(row.UpdatedAt, NpgsqlDbType.TimestampTz, ct);
        await copy.WriteAsync(row.State, NpgsqlDbType.Bytea, ct); // The bytes, whatever the column takes them for.
    }
}
