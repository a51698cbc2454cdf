using System.Text.Json;
using System.Diagnostics.Metrics;
using LeadScoring.Host.Http;
using LeadScoring.Host.Storage;
using Npgsql;

namespace LeadScoring.Host.Operations;

/// <summary>Counts leads by stage now and then, so that a collector that asks often costs the database nothing.</summary>
public sealed class LeadsByStage(NpgsqlDataSource database, Telemetry telemetry, TimeProvider clock, ILogger<LeadsByStage> logger)
    : BackgroundService
{
    public static readonly TimeSpan CountedEvery = TimeSpan.FromSeconds(30);

    private static readonly string CountLeadsByStage = SqlText.Load(typeof(LeadsByStage), "count_leads_by_stage.sql");

    private IReadOnlyList<Measurement<long>> counts = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        telemetry.ObserveLeadsByStage(() => Volatile.Read(ref counts));
        using var timer = new PeriodicTimer(CountedEvery, clock);
        do
        {
            try
            {
                Volatile.Write(ref counts, await CountAsync(stoppingToken));
            }
            catch (Exception e) when (StoreFailures.IsUnavailable(e))
            {
                logger.LogDebug(e, "Leads were not counted: the database does not answer.");
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // A figure for a chart is not worth the service, which an exception here would stop.
                logger.LogError(e, "Leads could not be counted");
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<IReadOnlyList<Measurement<long>>> CountAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand(CountLeadsByStage);
        await using var rows = await command.ExecuteReaderAsync(ct);
        var measurements = new List<Measurement<long>>();
        while (await rows.ReadAsync(ct))
        {
            measurements.Add(new Measurement<long>(rows.GetInt64(1), new KeyValuePair<string, object?>("stage", JsonNamingPolicy.SnakeCaseLower.ConvertName(rows.GetString(0)))));
        }

        return measurements;
    }
}
