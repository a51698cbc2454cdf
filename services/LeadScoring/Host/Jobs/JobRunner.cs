using System.Diagnostics.Metrics;
using LeadScoring.Contracts;
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

/// <summary>Counts the jobs that have not ended, so that a collector that asks often costs the database nothing.</summary>
public sealed class OpenJobs(JobStore store, JobKinds kinds, Telemetry telemetry, TimeProvider clock, ILogger<OpenJobs> logger) : BackgroundService
{
    public static readonly TimeSpan CountedEvery = TimeSpan.FromSeconds(15);

    private static readonly JobState[] States = [JobState.Queued, JobState.Running];

    private IReadOnlyList<Measurement<long>> _counts = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        telemetry.ObserveOpenJobs(() => Volatile.Read(ref _counts));
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await CountAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (StoreFailures.IsUnavailable(e))
            {
                logger.LogDebug(e, "Jobs were not counted: the database does not answer.");
            }
            catch (Exception e)
            {
                // A figure for a chart is not worth the service, which an exception here would stop.
                logger.LogError(e, "Jobs could not be counted");
            }

            await Task.Delay(CountedEvery, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Counts them at once, those of which there are none too: a chart shows a zero, and a gap when nobody counts.</summary>
    public async Task CountAsync(CancellationToken ct)
    {
        var counts = new List<Measurement<long>>();
        foreach (var kind in kinds.Names)
        {
            foreach (var state in States)
            {
                counts.Add(new(await store.CountAsync(kind, state, ct), new("kind", kind), new("state", Job.TextOf(state))));
            }
        }

        Volatile.Write(ref _counts, counts);
    }
}
