using System.Text;
using LeadScoring.Contracts;
using LeadScoring.Host.Leads.Rebuilding;
using LeadScoring.Host.Operations;
using LeadScoring.Host.Storage;

namespace LeadScoring.Host.Jobs;

/// <summary>Takes one run of a job from its beginning to its end.</summary>
public sealed class JobExecution(JobStore store, TimeProvider clock, ILogger<JobExecution> logger)
{
    private static readonly string TooOften =
        $"It was begun {JobBounds.RunsMax} times, and each time it was interrupted before its end; the service's log says by what.";

    private static readonly string TooLarge = $"Its result is larger than {JobBounds.ResultBytesMax >> 20} MiB, the most that is kept.";

    /// <summary>Why a run's watch ended.</summary>
    private enum Watched
    {
        /// <summary>The run ended of itself, or the program stops.</summary>
        ToTheEnd,
        Cancelled,

        /// <summary>The job is another run's by now, or may be.</summary>
        Lost,
    }

    /// <param name="taken">A moment ago.</param>
    /// <param name="stopCancels">Whether the job is cancelled when stopped; otherwise another instance begins it again.</param>
    /// <returns>How it ended; null: it has not, somebody else runs it or will.</returns>
    public async Task<JobEnd?> RunAsync(
        JobKind kind, TakenJob taken, WorkProgress progress, Pace pace, bool stopCancels, CancellationToken stopping)
    {
        var (job, _, lease) = taken;
        var started = clock.GetTimestamp();
        logger.LogInformation("Job {Job} ({Kind} for {Tenant}) begins, for the {Run}. time", job.Id, job.Kind, job.TenantId, job.Runs);
        var end = await EndOfAsync(kind, taken, progress, pace, started, stopCancels, stopping);
        if (end is null) return null;
        if (!await FinishAsync(lease, end, () => Measure(progress, started))) return null;
        logger.LogInformation("Job {Job} ended: {State} {Failure}", job.Id, end.State, end.Failure);
        await DropFinishedAsync(job.TenantId);
        return end;
    }

    private async Task<JobEnd?> EndOfAsync(
        JobKind kind, TakenJob taken, WorkProgress progress, Pace pace, long started, bool stopCancels, CancellationToken stopping)
    {
        var (job, parameters, lease) = taken;
        if (job.CancelRequestedAt is not null) return new(JobState.Cancelled);
        if (job.Runs > JobBounds.RunsMax) return new(JobState.Failed, Failure: TooOften);

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var watch = WatchAsync(lease, () => Measure(progress, started), ending);
        var run = new JobRun(job.Id, job.TenantId, job.ModelVersion, parameters, progress, pace);
        try
        {
            // Elsewhere: work that computes for long before it first waits must not hold up the caller.
            var result = await Task.Run(() => kind.RunAsync(run, ending.Token), CancellationToken.None);
            return Encoding.UTF8.GetByteCount(result) <= JobBounds.ResultBytesMax
                ? new(JobState.Succeeded, result)
                : new(JobState.Failed, Failure: TooLarge);
        }
        catch (JobFailed e)
        {
            return new(JobState.Failed, Failure: e.Message.Length <= JobBounds.FailureLengthMax ? e.Message : e.Message[..JobBounds.FailureLengthMax]);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            if (await watch is var watched && watched == Watched.Cancelled) return new(JobState.Cancelled);
            if (watched == Watched.ToTheEnd && stopCancels) return new(JobState.Cancelled);
            if (watched == Watched.ToTheEnd) await GiveBackAsync(lease, counts: false);
            else logger.LogWarning("Job {Job} goes on elsewhere: this run could not say in time that it lives", job.Id);
            return null;
        }
        catch (Exception e) when (StoreFailures.IsUnavailable(e))
        {
            logger.LogWarning("Job {Job} was interrupted, the database is away: {Fault}", job.Id, e.Message);
            await GiveBackAsync(lease, counts: true);
            return null;
        }
        catch (Exception e)
        {
            logger.LogError(e, "Job {Job} failed", job.Id);
            return new(JobState.Failed, Failure: "Something unexpected happened; the service's log tells it, by the job's id.");
        }
        finally
        {
            await ending.CancelAsync();
            await watch;
        }
    }

    /// <summary>Says again and again that the run lives, and ends it when it is to end.</summary>
    private async Task<Watched> WatchAsync(JobLease lease, Func<JobProgress> measure, CancellationTokenSource ending)
    {
        var heardAt = clock.GetTimestamp();
        while (true)
        {
            await Task.Delay(JobBounds.BeatPause, clock, ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ending.IsCancellationRequested) return Watched.ToTheEnd;
            try
            {
                var askedAt = clock.GetTimestamp();
                var isToEnd = await store.BeatAsync(lease, measure(), ending.Token);
                heardAt = askedAt;
                if (isToEnd == false) continue;
                await ending.CancelAsync();
                return isToEnd is null ? Watched.Lost : Watched.Cancelled;
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                return Watched.ToTheEnd;
            }
            catch (Exception e)
            {
                logger.LogDebug(e, "Job {Job} could not say that it lives", lease.JobId);
                if (clock.GetElapsedTime(heardAt) < JobBounds.LeaseMax) continue;
                await ending.CancelAsync();
                return Watched.Lost;
            }
        }
    }

    /// <summary>Tried for as long as the lease may last; after that another run ends the same.</summary>
    private async Task<bool> FinishAsync(JobLease lease, JobEnd end, Func<JobProgress> measure)
    {
        var began = clock.GetTimestamp();
        while (true)
        {
            try
            {
                return await store.FinishAsync(lease, end, measure(), CancellationToken.None);
            }
            catch (Exception e) when (StoreFailures.IsUnavailable(e) && clock.GetElapsedTime(began) < JobBounds.LeaseMax)
            {
                await Task.Delay(JobBounds.RetryPause, clock, CancellationToken.None);
            }
            catch (Exception e)
            {
                logger.LogWarning(e, "How job {Job} ended could not be stored; it begins again", lease.JobId);
                return false;
            }
        }
    }

    private async Task GiveBackAsync(JobLease lease, bool counts)
    {
        try
        {
            await store.GiveBackAsync(lease, counts, CancellationToken.None);
        }
        catch (Exception e)
        {
            logger.LogDebug(e, "Job {Job} could not be given back; its lease runs out", lease.JobId);
        }
    }

    private async Task DropFinishedAsync(string tenantId)
    {
        try
        {
            await store.DropFinishedAsync(tenantId, CancellationToken.None);
        }
        catch (Exception e)
        {
            logger.LogWarning("Finished jobs of {Tenant} could not be dropped; the next one to end tries again: {Fault}", tenantId, e.Message);
        }
    }

    private JobProgress Measure(WorkProgress progress, long started)
    {
        var seconds = Math.Max(0.001, clock.GetElapsedTime(started).TotalSeconds);
        var total = progress.EventsTotal;
        return new(progress.Events, total > 0 ? total : null, progress.Leads, progress.Events / seconds, EtaSeconds: null);
    }
}
