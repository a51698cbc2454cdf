using System.Text;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Domain.Backtests;
using LeadScoring.Domain.Scoring;
using LeadScoring.EventStore.Events;
using LeadScoring.Host.Http;
using LeadScoring.Host.Jobs;

namespace LeadScoring.Host.Backtests;

/// <summary>What a backtest works on: kept as it was when it was asked for, since a draft may be edited meanwhile.</summary>
/// <param name="Draft">The document tried, JSON.</param>
/// <param name="Live">The document compared with, JSON.</param>
/// <param name="IsCapacityStated">The capacity in the request is the one the tenant had stated: whoever asked named none.</param>
public sealed record BacktestParameters(BacktestRequest Request, string Draft, string Live, bool IsCapacityStated = false);

/// <summary>A backtest as a job.</summary>
public sealed class BacktestJob(BacktestRun backtest)
{
    public const string Kind = "backtest";

    public async Task<string> RunAsync(JobRun run, CancellationToken ct)
    {
        var parameters = JsonSerializer.Deserialize(run.Parameters, BacktestJson.Default.BacktestParameters)!;
        try
        {
            var report = await backtest.RunAsync(
                run.TenantId, Read(parameters.Draft), Read(parameters.Live), parameters.Request, run.Progress, run.Pace, ct);
            if (parameters.IsCapacityStated) report = report with { Workload = report.Workload with { CapacityFrom = CapacitySource.SalesCapacity } };
            return JsonSerializer.Serialize(report, WireJson.Default.BacktestReport);
        }
        catch (Exception e) when (e is TooManyCycles or UnreadableEventException)
        {
            throw new JobFailed(e.Message);
        }
    }

    private static ScoringModel Read(string document) => ScoringModelDocument.Read(Encoding.UTF8.GetBytes(document));
}
