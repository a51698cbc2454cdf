using System.Collections.Concurrent;
using System.Text;
using LeadScoring.Contracts;
using LeadScoring.Host.Leads.Rebuilding;
using LeadScoring.Host.Leads.Writing;
using LeadScoring.Host.Operations;
using LeadScoring.Host.Storage;
using Npgsql;

namespace LeadScoring.Host.Jobs;

/// <summary>
/// Jobs as long work. A run stays in memory between its turns; whoever has the next turn and has no such run begins the job again from its
/// beginning, which ends the same.
/// </summary>
public sealed class JobWork(JobStore store, JobKinds kinds, LeadWriter writer, Telemetry telemetry, TimeProvider clock, ILogger<JobWork> logger)
    : ILongWork, IHostedService
{
    public const string WorkKind = "job";

    /// <summary>After the database interrupted a run.</summary>
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Guid, OpenRun> _runs = [];

    public string Kind => WorkKind;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Those between two turns; one in its turn is given back by that.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(_runs.Values.Select(GiveBackAsync));

    public async Task<TimeSpan?> GoOnAsync(string tenantId, string id, CancellationToken stopping)
    {
        var jobId = Guid.Parse(id);
        if (!_runs.TryGetValue(jobId, out var run))
        {
            if (_runs.Count >= JobBounds.RunsAtOnceMax) await DropLostAsync(stopping);
            var (begun, isOver) = await store.BeginAsync(tenantId, jobId, _runs.Count < JobBounds.RunsAtOnceMax, stopping);
            if (begun is null) return isOver ? null : JobBounds.SlotPause;
            _runs[jobId] = run = Begin(begun);
            _ = GiveUpAsync(run);
        }

        for (var rested = run.Turns.Give(); ;)
        {
            await Task.WhenAny(run.Work, rested, Task.Delay(JobBounds.BeatPause, clock, stopping));
            if (run.Work.IsCompleted) return await EndAsync(run);
            if (stopping.IsCancellationRequested)
            {
                await GiveBackAsync(run);
                return TimeSpan.Zero;
            }

            if (await store.SayAsync(run.Job, run.Progress(), stopping) is not false and var isToEnd)
            {
                await DropAsync(run);
                if (isToEnd is null) logger.LogWarning("Job {Job} goes on elsewhere", jobId);
                else await FinishAsync(run, new(JobState.Cancelled));
                return isToEnd is null ? TimeSpan.Zero : null;
            }

            if (rested.IsCompleted) return TimeSpan.Zero;
        }
    }

    private OpenRun Begin(BegunJob begun)
    {
        var (job, ending, turns) = (begun.Job, new CancellationTokenSource(), new WorkTurns(clock));
        var progress = new WorkProgress();
        logger.LogInformation("Job {Job} ({Kind} for {Tenant}) begins, for the {Run}. time", job.Id, job.Kind, job.TenantId, job.Runs);
        var run = new JobRun(job.Id, job.TenantId, job.ModelVersion, begun.Parameters, progress, Pace.BesideOf(writer, clock, turns.NextAsync));

        // Elsewhere: work that computes for long before it first waits must not hold up the caller.
        var work = Task.Run(() => kinds[job.Kind].RunAsync(run, ending.Token), CancellationToken.None);
        return new(job, work, turns, ending, Measured(progress, clock.GetTimestamp()));
    }

    private async Task<TimeSpan?> EndAsync(OpenRun run)
    {
        try
        {
            var result = await run.Work;
            var fits = Encoding.UTF8.GetByteCount(result) <= JobBounds.ResultBytesMax;
            await FinishAsync(run, fits ? new(JobState.Succeeded, result) : new(JobState.Failed, Failure: JobBounds.ResultTooLarge));
        }
        catch (JobFailed e)
        {
            var reason = e.Message.Length <= JobBounds.FailureLengthMax ? e.Message : e.Message[..JobBounds.FailureLengthMax];
            await FinishAsync(run, new(JobState.Failed, Failure: reason));
        }
        catch (OperationCanceledException) when (run.Ending.IsCancellationRequested)
        {
            await GiveBackAsync(run);
            return TimeSpan.Zero;
        }
        catch (TimeoutException) when (run.Turns.HaveEnded)
        {
            return TimeSpan.Zero;
        }
        catch (Exception e) when (StoreFailures.IsUnavailable(e) && run.Work.IsFaulted)
        {
            logger.LogWarning("Job {Job} was interrupted by the database: {Fault}", run.Job.Id, e.Message);
            var wouldAgain = StoreFailures.Cause(e) is PostgresException { SqlState: PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.DiskFull };
            if (wouldAgain) await DropAsync(run); // Its run counts, so that it is not interrupted for ever.
            else await GiveBackAsync(run);
            return RetryPause;
        }
        catch (Exception e) when (!StoreFailures.IsUnavailable(e))
        {
            logger.LogError(e, "Job {Job} failed", run.Job.Id);
            await FinishAsync(run, new(JobState.Failed, Failure: "Something unexpected happened; the service's log tells it, by the job's id."));
        }

        await DropAsync(run);
        return null;
    }

    private async Task FinishAsync(OpenRun run, JobEnd end)
    {
        if (!await store.FinishAsync(run.Job, end, run.Progress(), CancellationToken.None)) return;
        logger.LogInformation("Job {Job} ended: {State} {Failure}", run.Job.Id, end.State, end.Failure);
        telemetry.CountJob(run.Job.Kind, Job.TextOf(end.State), clock.GetUtcNow() - run.Job.StartedAt!.Value);
        await store.DropFinishedAsync(run.Job.TenantId, CancellationToken.None);
    }

    private async Task GiveBackAsync(OpenRun run)
    {
        await DropAsync(run);
        try
        {
            using var patience = new CancellationTokenSource(JobBounds.EndingMax);
            await store.GiveBackAsync(run.Job, patience.Token);
        }
        catch (Exception e) when (StoreFailures.IsUnavailable(e) || e is OperationCanceledException)
        {
            logger.LogWarning("Job {Job} could not be given back, so that its run counts: {Fault}", run.Job.Id, e.Message);
        }
    }

    /// <summary>Its job goes on elsewhere, and it will get no turn here.</summary>
    private async Task DropLostAsync(CancellationToken ct)
    {
        foreach (var run in _runs.Values)
        {
            if (run.Turns.IsWaiting && await store.SayAsync(run.Job, run.Progress(), ct) is null) await DropAsync(run);
        }
    }

    /// <summary>One that got no turn for too long.</summary>
    private async Task GiveUpAsync(OpenRun run)
    {
        await ((Task)run.Work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (run.Turns.HaveEnded) await GiveBackAsync(run);
    }

    /// <summary>Ends the work, but does not wait for ever: what it says afterwards counts for nothing.</summary>
    private async Task DropAsync(OpenRun run)
    {
        _runs.TryRemove(run.Job.Id, out _);
        await run.Ending.CancelAsync();
        await ((Task)run.Work).WaitAsync(JobBounds.EndingMax, clock, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private Func<JobProgress> Measured(WorkProgress progress, long started) => () =>
    {
        var seconds = Math.Max(0.001, clock.GetElapsedTime(started).TotalSeconds);
        var total = progress.EventsTotal;
        return new(progress.Events, total > 0 ? total : null, progress.Leads, progress.Events / seconds, EtaSeconds: null);
    };

    /// <param name="Job">As it was begun.</param>
    private sealed record OpenRun(Job Job, Task<string> Work, WorkTurns Turns, CancellationTokenSource Ending, Func<JobProgress> Progress);
}

/// <summary>Lets a run go on for a turn, then has it wait for the next.</summary>
internal sealed class WorkTurns(TimeProvider clock)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _given = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _rested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _begunAt = clock.GetTimestamp();

    /// <summary>It got no turn for so long that it gave up.</summary>
    public bool HaveEnded { get; private set; }

    public bool IsWaiting
    {
        get
        {
            lock (_lock) return _rested.Task.IsCompleted;
        }
    }

    /// <returns>Ends when the run waits again.</returns>
    public Task Give()
    {
        lock (_lock)
        {
            var given = _given;
            _given = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _rested = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _begunAt = clock.GetTimestamp();
            given.TrySetResult();
            return _rested.Task;
        }
    }

    /// <summary>Called by the run where it can wait.</summary>
    /// <exception cref="TimeoutException">There was no turn for <see cref="JobBounds.IdleMax"/>.</exception>
    public async ValueTask NextAsync(CancellationToken ct)
    {
        Task given;
        lock (_lock)
        {
            if (clock.GetElapsedTime(_begunAt) < ILongWork.PageMax) return;
            given = _given.Task;
            _rested.TrySetResult();
        }

        try
        {
            await given.WaitAsync(JobBounds.IdleMax, clock, ct);
        }
        catch (TimeoutException)
        {
            HaveEnded = true;
            throw;
        }
    }
}
