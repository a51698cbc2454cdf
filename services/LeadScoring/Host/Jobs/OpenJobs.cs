using System.Diagnostics.Metrics;
using LeadScoring.Contracts;
using LeadScoring.Host.Operations;
using LeadScoring.Host.Storage;

namespace LeadScoring.Host.Jobs;

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
