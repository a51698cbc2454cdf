using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Http;
using LeadScoring.Host.Jobs;

namespace LeadScoring.Host.Backtests;

/// <summary>Backtests as they are shown.</summary>
internal static class BacktestViews
{
    /// <summary>Without its report.</summary>
    public static BacktestView View(Job job)
    {
        var request = JsonSerializer.Deserialize(job.Request, BacktestJson.Default.BacktestRequest)!;
        return new(
            job.Id,
            job.ModelVersion!.Value,
            job.ModelId!,
            request.Against!.Value,
            request,
            job.State,
            job.Progress,
            job.RequestedBy,
            job.CreatedAt,
            job.StartedAt,
            job.FinishedAt,
            job.CancelRequestedAt,
            job.Failure,
            Report: null);
    }

    public static byte[] Bytes(Job job) => JsonSerializer.SerializeToUtf8Bytes(View(job), WireJson.Default.BacktestView);
}
