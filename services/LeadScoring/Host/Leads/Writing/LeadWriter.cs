using System.Diagnostics;
using System.Diagnostics.Metrics;
using LeadScoring.Domain.Leads;
using LeadScoring.Host.Engagements;
using LeadScoring.Host.Events;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads.Caching;
using LeadScoring.Host.Operations;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Settings;
using LeadScoring.Host.Storage;
using Marten;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LeadScoring.Host.Leads.Writing;

/// <summary>
/// The one way to change a lead. Requests submit and wait; a loop takes what is waiting, decides it in memory and commits
/// it together, so that many requests share one commit; a second loop helps when much is waiting. An answer means: durable.
/// </summary>
/// <remarks>
/// A conflict with another instance runs only the losers again. A commit whose outcome is not known is run again under
/// the same event ids before anybody is answered. A batch the database refuses is halved until the one command that is
/// to blame stands alone.
/// </remarks>
public sealed class LeadWriter : BackgroundService
{
    private const int ConflictsBeforePauseMax = 3;
    private const int ConflictPauseMsMax = 20;

    /// <summary>Loading again finds what another instance stored meanwhile; a duplicate that stays unseen is a fault.</summary>
    private const int DuplicateAttemptsMax = 5;

    /// <summary>Between two looks for requests that have waited too long: by how much they may overstay.</summary>
    private static readonly TimeSpan OverduePause = TimeSpan.FromMilliseconds(250);

    private readonly SubmissionQueue _queue;
    private readonly AnswerLine _answers = new();
    private readonly LeadStore _store;
    private readonly LeadStreams _streams;
    private readonly TenantModels _models;
    private readonly TenantPolicies _policies;
    private readonly Telemetry _telemetry;
    private readonly TimeProvider _clock;
    private readonly WriterOptions _options;
    private readonly ILogger<LeadWriter> _logger;
    private long _taken;

    public LeadWriter(
        NpgsqlDataSource dataSource,
        IDocumentStore store,
        LeadStreams streams,
        EventTypes types,
        TenantModels models,
        TenantPolicies policies,
        LeadCache cache,
        Telemetry telemetry,
        TimeProvider clock,
        IOptions<WriterOptions> options,
        ILogger<LeadWriter> logger)
    {
        _queue = new(options.Value, clock);
        _store = new(dataSource, store, types, models, cache, options.Value);
        (_streams, _models, _policies, _telemetry, _clock) = (streams, models, policies, telemetry, clock);
        (_options, _logger) = (options.Value, logger);
        telemetry.ObserveQueueLength(() => QueueLength);
    }

    /// <summary>Commands waiting or being written.</summary>
    public int QueueLength => _queue.Count;

    /// <summary>Commands taken to be written since the start: what background work gives way to.</summary>
    public long Taken => Volatile.Read(ref _taken);

    /// <summary>Records what a person did, on the lead it belongs to.</summary>
    /// <param name="ct">Ends the waiting, never the shared write.</param>
    public async Task<LeadOutcome> RecordAsync(
        string tenantId, PostedEngagement posted, EventMetadata metadata, CancellationToken ct)
    {
        var request = new WaitingRequest(submissions: 1, _clock.GetTimestamp(), _answers);
        var submission = SubmissionOf(request, tenantId, posted, metadata);
        var outcome = await SubmitAsync(request, submission, ct);
        _telemetry.Count(outcome);
        return outcome;
    }

    /// <summary>The same for many: queued together or, when the queue has no room for all, refused together.</summary>
    /// <returns>One outcome per engagement, in order.</returns>
    public async Task<LeadOutcome[]> RecordAsync(
        string tenantId, IReadOnlyList<PostedEngagement> posted, EventMetadata metadata, CancellationToken ct)
    {
        var outcomes = new LeadOutcome[posted.Count];
        if (outcomes.Length == 0) return outcomes;
        var request = new WaitingRequest(outcomes.Length, _clock.GetTimestamp(), _answers);
        var submissions = new Submission[outcomes.Length];
        for (var i = 0; i < submissions.Length; i++) submissions[i] = SubmissionOf(request, tenantId, posted[i], metadata);
        var isQueued = _queue.TryAdd(submissions);
        if (isQueued) await request.Answered.WaitAsync(ct);
        for (var i = 0; i < submissions.Length; i++)
        {
            outcomes[i] = isQueued ? submissions[i].Outcome! : LeadOutcome.Refused(Refusal.Busy);
            _telemetry.Count(outcomes[i]);
        }

        return outcomes;
    }

    /// <summary>Has one lead decide a command.</summary>
    /// <param name="expectedVersion">From <c>If-Match</c>; another version is refused with 412. Null: any.</param>
    /// <param name="ct">Ends the waiting, never the shared write.</param>
    /// <param name="id">Of the command's first event, when asked for again it shall be known to have been done: then it is answered as changed once more.</param>
    public Task<LeadOutcome> SubmitAsync(
        string tenantId, Guid leadId, ILeadCommand command, long? expectedVersion, EventMetadata metadata, CancellationToken ct, Guid? id = null)
    {
        var request = new WaitingRequest(submissions: 1, _clock.GetTimestamp(), _answers);
        var eventId = id ?? Guid.CreateVersion7(_clock.GetUtcNow());
        return SubmitAsync(request, new CommandSubmission(request, tenantId, eventId, metadata, leadId, command, expectedVersion, isNamed: id is not null), ct);
    }

    /// <summary>Takes no more, writes what is waiting, and returns.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Complete();
        if (ExecuteTask is { } running) await running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Not the stopping token: StopAsync completes the queue, and the loops end when it is empty.
        using var ended = new CancellationTokenSource();
        var watch = AnswerOverdueAsync(ended.Token);
        await Task.WhenAll(Enumerable.Range(0, SubmissionQueue.RoundsMax).Select(_ => WriteAllAsync(stoppingToken)));
        await ended.CancelAsync();
        await watch;
    }

    private async Task WriteAllAsync(CancellationToken stopping)
    {
        while (await _queue.TakeAsync() is { } batch)
        {
            await WriteAsync(batch, stopping);
            _queue.Release(batch);
        }
    }

    /// <summary>
    /// Nobody is told later than promised, however long the database takes. A client that left does not say so either: all
    /// that is queued stands behind its submissions.
    /// </summary>
    private async Task AnswerOverdueAsync(CancellationToken ended)
    {
        using var timer = new PeriodicTimer(OverduePause, _clock);
        try
        {
            while (await timer.WaitForNextTickAsync(ended)) _queue.AnswerOverdue(LeadOutcome.Refused(Refusal.StoreUnavailable));
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The queue is empty and complete.
        }
    }

    private static EngagementSubmission SubmissionOf(WaitingRequest request, string tenantId, PostedEngagement posted, EventMetadata metadata)
    {
        var id = EngagementId.Of(tenantId, posted.Fact.Source, posted.Fact.Id);
        return new(request, tenantId, EventTypes.ToNewEvent(id, posted.Fact, metadata), posted);
    }

    private async Task<LeadOutcome> SubmitAsync(WaitingRequest request, Submission submission, CancellationToken ct)
    {
        if (!_queue.TryAdd([submission])) return LeadOutcome.Refused(Refusal.Busy);
        await request.Answered.WaitAsync(ct);
        return submission.Outcome!;
    }

    private async Task WriteAsync(IReadOnlyList<Submission> batch, CancellationToken stopping)
    {
        IReadOnlyList<Submission> waiting = batch;
        for (var attempt = 1; ; attempt++)
        {
            if (waiting.Any(s => s.IsOver)) waiting = [.. waiting.Where(s => !s.IsOver)];
            if (waiting.Count == 0) return;
            try
            {
                waiting = await RunAsync(waiting);
                if (waiting.Count > 0 && attempt > ConflictsBeforePauseMax) await Task.Delay(Random.Shared.Next(ConflictPauseMsMax), CancellationToken.None);
            }
            catch (Exception e) when (MayPass(e, attempt))
            {
                _telemetry.Retries.Add(1);
                _logger.LogWarning("The database did not take a batch of {Count}, attempt {Attempt}: {Fault}", waiting.Count, attempt, StoreFailures.Cause(e).Message);
                if (stopping.IsCancellationRequested) { AnswerAll(waiting, Refusal.StoreUnavailable); return; }
                await PauseAsync(attempt, stopping);
            }
            catch (Exception e) when (waiting.Count > 1)
            {
                _logger.LogError(StoreFailures.Cause(e), "A batch of {Count} was refused; it is halved to find the one to blame", waiting.Count);
                await WriteAsync([.. waiting.Take(waiting.Count / 2)], stopping);
                await WriteAsync([.. waiting.Skip(waiting.Count / 2)], stopping);
                return;
            }
            catch (Exception e)
            {
                _logger.LogError(StoreFailures.Cause(e), "A submission was refused by the store; event id {EventId}", waiting[0].EventId);
                AnswerAll(waiting, Refusal.Internal);
                return;
            }
        }
    }

    private static bool MayPass(Exception e, int attempt) =>
        IsRival(e) ? attempt <= DuplicateAttemptsMax : StoreFailures.IsUnavailable(e);

    /// <summary>Somebody stored an event of the same id, or the same version of a stream, at the same moment.</summary>
    private static bool IsRival(Exception e) => StoreFailures.Cause(e) is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    /// <summary>Whether a commit that ended so may have gone through all the same. An error, unlike a lost session, rolls back.</summary>
    private static bool LeavesOutcomeOpen(Exception e) => StoreFailures.Cause(e) is not PostgresException { InvariantSeverity: "ERROR" };

    /// <summary>One load, decide, commit.</summary>
    /// <returns>Those that lost: they run again.</returns>
    private async Task<List<Submission>> RunAsync(IReadOnlyList<Submission> submissions)
    {
        using var activity = Telemetry.Activities.StartActivity("leads.write");
        activity?.SetTag("leadscoring.batch.size", submissions.Count);
        _telemetry.BatchSize.Record(submissions.Count);
        Interlocked.Add(ref _taken, submissions.Count);
        await _models.FreshenAsync(CancellationToken.None);
        submissions = Decidable(submissions);
        if (submissions.Count == 0) return [];
        var now = Now();
        var started = Stopwatch.GetTimestamp();
        var loaded = await _store.LoadAsync(submissions, CancellationToken.None);
        started = Lap(_telemetry.LoadTime, started);

        var round = new LeadRound(loaded, _models, _policies, now, _streams, _logger);
        foreach (var submission in submissions) await round.DecideAsync(submission, CancellationToken.None);
        started = Lap(_telemetry.DecisionTime, started);

        var again = new List<Submission>();
        var written = new List<LeadDraft>();
        foreach (var draft in round.Drafts)
        {
            if (draft.Events.Count > 0 || draft.IsBehind) written.Add(draft);
            else AnswerAll(draft);
        }

        if (written.Count == 0) return again;

        // Each part is answered before the next one is stored: should that fail, what is durable is over.
        var parts = new Queue<IReadOnlyList<LeadDraft>>(_store.PartsOf(written));
        while (parts.TryDequeue(out var part))
        {
            var outcomes = await StoreAsync(part, now);
            if (_options.Plain && outcomes.All(o => o != StoreOutcome.Stored) && part.Select(d => d.Unit).Distinct().Skip(1).Any())
            {
                foreach (var unit in part.GroupBy(d => d.Unit)) parts.Enqueue([.. unit]); // One of them stands in the others' way.
                continue;
            }

            for (var i = 0; i < part.Count; i++)
            {
                if (outcomes[i] == StoreOutcome.Stored) AnswerAll(part[i]);
                else Settle(part[i], outcomes[i], again);
            }
        }

        Lap(_telemetry.CommitTime, started);

        if (again.Count > 0) _telemetry.Conflicts.Add(again.Count);
        return again;
    }

    /// <summary>Those of tenants whose models are known; the others are answered.</summary>
    private IReadOnlyList<Submission> Decidable(IReadOnlyList<Submission> submissions)
    {
        if (!_models.AnyUnreadable) return submissions;
        var undecidable = submissions.Where(s => _models.IsUnreadable(s.TenantId)).ToList();
        AnswerAll(undecidable, Refusal.ModelsUnreadable);
        return [.. submissions.Except(undecidable)];
    }

    /// <summary>A draft that was not stored: its submissions run again, unless the stream takes none, as loaded.</summary>
    private static void Settle(LeadDraft lost, StoreOutcome outcome, List<Submission> again)
    {
        foreach (var (submission, _, _, _) in lost.Pending)
        {
            if (outcome == StoreOutcome.Archived && submission.MustLoad)
            {
                submission.Answer(LeadOutcome.Refused(new(409, "lead_archived", "The lead is archived and takes no changes.")));
            }
            else
            {
                submission.MustLoad = true;
                again.Add(submission);
            }
        }
    }

    private async Task<StoreOutcome[]> StoreAsync(IReadOnlyList<LeadDraft> drafts, DateTimeOffset now)
    {
        try
        {
            return await _store.StoreAsync(drafts, now, CancellationToken.None);
        }
        catch (Exception e)
        {
            var mayBeStored = LeavesOutcomeOpen(e);
            foreach (var pending in drafts.SelectMany(d => d.Pending))
            {
                pending.Submission.MustLoad = true;
                if (mayBeStored) pending.Submission.LeaveOpen(now);
            }

            throw;
        }
    }

    /// <summary>To the microsecond, as PostgreSQL keeps it: an answer and what is read back later are the same.</summary>
    private DateTimeOffset Now()
    {
        var now = _clock.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }

    private static long Lap(Histogram<double> into, long started)
    {
        into.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
        return Stopwatch.GetTimestamp();
    }

    private void AnswerAll(LeadDraft draft)
    {
        var lead = draft.Document(_models, Now());
        foreach (var (submission, changed, warnings, refusal) in draft.Pending)
        {
            submission.Answer(refusal is null ? new(lead, changed, warnings, null) : LeadOutcome.Refused(refusal));
        }
    }

    private static void AnswerAll(IReadOnlyList<Submission> submissions, Refusal refusal)
    {
        foreach (var submission in submissions) submission.Answer(LeadOutcome.Refused(refusal));
    }

    private async Task PauseAsync(int attempt, CancellationToken stopping)
    {
        var longest = Math.Min(_options.RetryDelayMsMax, 10 << Math.Min(attempt, 10));
        await Task.Delay(Random.Shared.Next(longest / 2, longest), stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
