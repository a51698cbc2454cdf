using LeadScoring.Contracts;
using LeadScoring.Domain.Backtests;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Backtests.Reporting;
using LeadScoring.Host.Events;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Rebuilding;
using LeadScoring.Host.Operations;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Backtests;

/// <summary>
/// Tries a model on a tenant's history beside the one that holds: reads the log once, up to a fixed position, and decides every
/// lead under both. Changes nothing.
/// </summary>
/// <param name="leadsPerPassMax">Leads kept in memory at a time, about 1 KB each; with more the log is read in several passes.</param>
public sealed class BacktestRun(NpgsqlDataSource dataSource, EventTypes types, int leadsPerPassMax = BacktestRun.LeadsPerPassMax)
{
    /// <summary>Of any tenant with fewer leads the log is read once.</summary>
    public const int LeadsPerPassMax = 400_000;

    private static readonly string TenantTotals = SqlText.Load(typeof(BacktestRun), "tenant_totals.sql");
    private static readonly string LastRecordedAt = SqlText.Load(typeof(BacktestRun), "last_recorded_at.sql");

    /// <summary>Log positions looked through by one statement: a tenant's last event may lie far back, and no index leads to it.</summary>
    private const long PositionsMax = 200_000;

    private readonly LogScan _log = new(dataSource);

    /// <param name="request">Its version to compare with has been looked up: it is <paramref name="live"/>.</param>
    /// <returns>The same for the same models, request and log position, whenever it is run.</returns>
    /// <exception cref="UnreadableEventException">A stored body does not fit its type.</exception>
    /// <exception cref="TooManyCycles">A report cannot be made of so many.</exception>
    public async Task<BacktestReport> RunAsync(
        string tenantId, ScoringModel draft, ScoringModel live, BacktestRequest request, WorkProgress progress, Pace pace, CancellationToken ct)
    {
        var end = Math.Min(request.UpTo ?? long.MaxValue, await _log.FindEndAsync(ct));
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        var leads = await ExpectAsync(connection, tenantId, progress, ct);
        var asOf = await AsOfAsync(connection, tenantId, end, ct);

        var models = new ModelPair(draft, live);
        var (from, to) = (request.From?.UtcTicks ?? long.MinValue, request.To?.UtcTicks ?? long.MaxValue);
        var simulation = new Simulation(models, from, to);
        var findings = new Findings(models, simulation, from, to, asOf.UtcTicks);
        var totals = new BacktestTotals();
        foreach (var shard in Passes(leads))
        {
            var pass = new BacktestPass(tenantId, models, simulation, types, totals);
            await pass.RunAsync(connection, shard, end, findings.Add, progress, pace, ct);
            simulation.ForgetAll();
        }

        return BacktestReports.Of(models, simulation.Grid, findings, totals, request, end, asOf, ct);
    }

    /// <summary>Whatever the number of leads: each one reads the log's index from end to end.</summary>
    private const int PassesMax = 1 << 16;

    private IEnumerable<LeadShard> Passes(long leads)
    {
        var count = 1;
        while (count < PassesMax && leads / count > leadsPerPassMax) count *= 2;
        return Enumerable.Range(0, count).Select(i => new LeadShard(count, i));
    }

    /// <returns>Leads.</returns>
    internal static async Task<long> ExpectAsync(NpgsqlConnection connection, string tenantId, WorkProgress progress, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(TenantTotals, connection);
        command.Parameters.AddAll(Sql.Of(tenantId, NpgsqlDbType.Text), Sql.Of(LeadKeys.StreamType, NpgsqlDbType.Text));
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        progress.Expect(reader.GetInt64(0));
        progress.ExpectEvents(reader.GetInt64(1));
        return reader.GetInt64(0);
    }

    /// <summary>When the tenant's last event up to a position was recorded.</summary>
    private static async Task<DateTimeOffset> AsOfAsync(NpgsqlConnection connection, string tenantId, long end, CancellationToken ct)
    {
        for (var upTo = end; upTo > 0; upTo -= PositionsMax)
        {
            await using var command = new NpgsqlCommand(LastRecordedAt, connection);
            command.Parameters.AddAll(
                Sql.Of(tenantId, NpgsqlDbType.Text), Sql.Of(upTo - PositionsMax, NpgsqlDbType.Bigint), Sql.Of(upTo, NpgsqlDbType.Bigint));
            if (await command.ExecuteScalarAsync(ct) is DateTime at) return new(at, TimeSpan.Zero);
        }

        return DateTimeOffset.UnixEpoch;
    }
}
