using LeadScoring.Host.Leads.Rebuilding;
using LeadScoring.Host.Leads.Writing;
using LeadScoring.Host.Operations;
using LeadScoring.Host.Storage;

namespace LeadScoring.Host.Jobs;

/// <summary>Takes jobs that wait and does them, one at a time.</summary>
public sealed class JobRunner(
    JobStore store,
    JobExecution execution,
    JobKinds kinds,
    LeadWriter writer,
    Telemetry telemetry,
    TimeProvider clock,
    ILogger<JobRunner> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isAway = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await RunNextAsync(stoppingToken)) isAway = false;
                isAway = false;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Said once an outage: the loop goes on, and others say it too.
                if (!StoreFailures.IsUnavailable(e)) logger.LogError(e, "Jobs could not be looked up");
                else if (!isAway) logger.LogWarning("No jobs are taken while the database is away: {Fault}", e.Message);
                isAway = true;
            }

            await Task.Delay(JobBounds.LookPause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>False: no job waits.</returns>
    private async Task<bool> RunNextAsync(CancellationToken stopping)
    {
        stopping.ThrowIfCancellationRequested();
        if (await store.TakeAsync(kinds.Names, CancellationToken.None) is not { } taken) return false;
        var pace = Pace.BesideOf(writer, clock);
        var begun = clock.GetTimestamp();
        var end = await execution.RunAsync(kinds[taken.Job.Kind], taken, new WorkProgress(), pace, stopCancels: false, stopping);
        if (end is not null) telemetry.CountJob(taken.Job.Kind, Job.TextOf(end.State), clock.GetElapsedTime(begun));
        return true;
    }
}
