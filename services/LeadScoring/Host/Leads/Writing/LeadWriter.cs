using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Threading.Channels;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using LeadScoring.EventStore;
using LeadScoring.EventStore.Events;
using LeadScoring.Host.Engagements;
using LeadScoring.Host.Http;
using LeadScoring.Host.Operations;
using LeadScoring.Host.Storage;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LeadScoring.Host.Leads.Writing;

/// <summary>
/// The one way to change a lead. Requests submit and wait; one loop takes what is waiting, decides it in memory and
/// commits it together, so that many requests share one commit. An answer means: durable.
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

    private readonly Channel<Submission> _queue =
        Channel.CreateUnbounded<Submission>(new UnboundedChannelOptions { SingleReader = true });

    private readonly LeadRounds _rounds;
    private readonly LeadStreams _streams;
    private readonly EventTypes _types;
    private readonly ScoringModel _model;
    private readonly Telemetry _telemetry;
    private readonly TimeProvider _clock;
    private readonly WriterOptions _options;
    private readonly ILogger<LeadWriter> _logger;
    private int _waiting;

    public LeadWriter(
        NpgsqlDataSource dataSource,
        IEventStore store,
        LeadStreams streams,
        EventTypes types,
        ScoringModel model,
        Telemetry telemetry,
        TimeProvider clock,
        IOptions<WriterOptions> options,
        ILogger<LeadWriter> logger)
    {
        _rounds = new(dataSource, store, types, model);
        (_streams, _types, _model, _telemetry, _clock) = (streams, types, model, telemetry, clock);
        (_options, _logger) = (options.Value, logger);
        telemetry.ObserveQueueLength(() => QueueLength);
    }

    /// <summary>Commands waiting or being written.</summary>
    public int QueueLength => Volatile.Read(ref _waiting);

    /// <summary>Records what a person did, on the lead it belongs to.</summary>
    /// <param name="ct">Ends the waiting, never the shared write.</param>
    public async Task<LeadOutcome> RecordAsync(
        string tenantId, PostedEngagement posted, EventMetadata metadata, CancellationToken ct) =>
        (await RecordAsync(tenantId, [posted], metadata, ct))[0];

    /// <summary>The same for many: queued together or, when the queue has no room for all, refused together.</summary>
    /// <returns>One outcome per engagement, in order.</returns>
    public async Task<LeadOutcome[]> RecordAsync(
        string tenantId, IReadOnlyList<PostedEngagement> posted, EventMetadata metadata, CancellationToken ct)
    {
        var submissions = new Submission[posted.Count];
        for (var i = 0; i < submissions.Length; i++)
        {
            var id = EngagementId.Of(tenantId, posted[i].Fact.Source, posted[i].Fact.Id);
            submissions[i] = new EngagementSubmission(tenantId, _types.ToNewEvent(id, posted[i].Fact, metadata), posted[i]);
        }

        var outcomes = await SubmitAsync(submissions, ct);
        foreach (var outcome in outcomes) _telemetry.Count(outcome);
        return outcomes;
    }

    /// <summary>Has one lead decide a command.</summary>
    /// <param name="expectedVersion">From <c>If-Match</c>; another version is refused with 412. Null: any.</param>
    /// <param name="ct">Ends the waiting, never the shared write.</param>
    public async Task<LeadOutcome> SubmitAsync(
        string tenantId, Guid leadId, ILeadCommand command, long? expectedVersion, EventMetadata metadata, CancellationToken ct)
    {
        var id = Guid.CreateVersion7(_clock.GetUtcNow());
        return (await SubmitAsync([new CommandSubmission(tenantId, id, metadata, leadId, command, expectedVersion)], ct))[0];
    }

    /// <summary>Takes no more, writes what is waiting, and returns.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        if (ExecuteTask is { } running) await running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Not the stopping token: StopAsync completes the queue, and the loop ends when it is empty.
        while (await _queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            var batch = Take();
            await WriteAsync(batch, stoppingToken);
            Interlocked.Add(ref _waiting, -batch.Count);
        }
    }

    private async Task<LeadOutcome[]> SubmitAsync(Submission[] submissions, CancellationToken ct)
    {
        if (Interlocked.Add(ref _waiting, submissions.Length) > _options.QueueMax || !TryEnqueue(submissions))
        {
            Interlocked.Add(ref _waiting, -submissions.Length);
            return [.. submissions.Select(_ => LeadOutcome.Refused(Refusal.Busy))];
        }

        var all = Task.WhenAll(submissions.Select(s => s.Answered));
        try
        {
            return await all.WaitAsync(TimeSpan.FromMilliseconds(_options.AnswerWithinMs), _clock, ct);
        }
        catch (TimeoutException)
        {
            foreach (var submission in submissions) submission.Answer(LeadOutcome.Refused(Refusal.StoreUnavailable));
            return await all;
        }
    }

    private bool TryEnqueue(Submission[] submissions)
    {
        // The queue is unbounded itself (the bound is counted), so only a stopping service refuses, from the first on.
        foreach (var submission in submissions)
        {
            submission.QueuedAt = _clock.GetTimestamp();
            if (!_queue.Writer.TryWrite(submission)) return false;
        }

        return true;
    }

    private List<Submission> Take()
    {
        var batch = new List<Submission>();
        var bytes = 0;
        while (batch.Count < _options.BatchMax && bytes < _options.BatchBytesMax && _queue.Reader.TryRead(out var submission))
        {
            batch.Add(submission);
            bytes += submission.Bytes;
        }

        return batch;
    }

    private async Task WriteAsync(List<Submission> batch, CancellationToken stopping)
    {
        var waiting = batch;
        for (var attempt = 1; ; attempt++)
        {
            if (attempt > 1) AnswerOverdue(waiting);
            waiting.RemoveAll(s => s.IsOver);
            if (waiting.Count == 0) return;
            try
            {
                waiting = await RunAsync(waiting);
                if (attempt > ConflictsBeforePauseMax) await Task.Delay(Random.Shared.Next(ConflictPauseMsMax), CancellationToken.None);
            }
            catch (Exception e) when (MayPass(e, attempt))
            {
                _telemetry.Retries.Add(1);
                _logger.LogWarning("The database did not take a batch of {Count}, attempt {Attempt}: {Fault}", waiting.Count, attempt, e.Message);
                if (stopping.IsCancellationRequested) { AnswerAll(waiting, Refusal.StoreUnavailable); return; }
                await PauseAsync(attempt, stopping);
            }
            catch (Exception e) when (waiting.Count > 1)
            {
                _logger.LogError(e, "A batch of {Count} was refused; it is halved to find the one to blame", waiting.Count);
                await WriteAsync(waiting[..(waiting.Count / 2)], stopping);
                await WriteAsync(waiting[(waiting.Count / 2)..], stopping);
                return;
            }
            catch (Exception e)
            {
                _logger.LogError(e, "A submission was refused by the store; event id {EventId}", waiting[0].EventId);
                AnswerAll(waiting, Refusal.Internal);
                return;
            }
        }
    }

    private static bool MayPass(Exception e, int attempt) =>
        e is DuplicateEventIdException ? attempt <= DuplicateAttemptsMax : StoreFailures.IsUnavailable(e);

    /// <summary>Whether a commit that ended so may have gone through all the same. An error, unlike a lost session, rolls back.</summary>
    private static bool LeavesOutcomeOpen(Exception e) =>
        e is not (DuplicateEventIdException or PostgresException { InvariantSeverity: "ERROR" });

    /// <summary>One load, decide, commit.</summary>
    /// <returns>Those that lost: they run again.</returns>
    private async Task<List<Submission>> RunAsync(List<Submission> submissions)
    {
        using var activity = Telemetry.Activities.StartActivity("leads.write");
        activity?.SetTag("leadscoring.batch.size", submissions.Count);
        _telemetry.BatchSize.Record(submissions.Count);
        var now = Now();
        var started = Stopwatch.GetTimestamp();
        var loaded = await _rounds.LoadAsync(submissions, CancellationToken.None);
        started = Lap(_telemetry.LoadTime, started);

        var round = new LeadRound(loaded, _model, now, _types, _streams, _logger);
        foreach (var submission in submissions) await round.DecideAsync(submission, CancellationToken.None);
        started = Lap(_telemetry.DecisionTime, started);

        var again = new List<Submission>();
        var written = new List<LeadDraft>();
        foreach (var draft in round.Drafts)
        {
            if (draft.Events.Count > 0) written.Add(draft);
            else AnswerAll(draft);
        }

        if (written.Count == 0) return again;
        var results = await StoreAsync(written, now);
        Lap(_telemetry.CommitTime, started);
        for (var i = 0; i < written.Count; i++)
        {
            switch (results[i].Outcome)
            {
                case AppendOutcome.Appended: AnswerAll(written[i]); break;
                case AppendOutcome.Archived:
                    foreach (var pending in written[i].Pending)
                    {
                        pending.Submission.Answer(LeadOutcome.Refused(new(409, "lead_archived", "The lead is archived and takes no changes.")));
                    }

                    break;
                default: again.AddRange(written[i].Pending.Select(p => p.Submission)); break;
            }
        }

        if (again.Count > 0) _telemetry.Conflicts.Add(again.Count);
        return again;
    }

    private async Task<AppendResult[]> StoreAsync(List<LeadDraft> drafts, DateTimeOffset now)
    {
        try
        {
            return await _rounds.StoreAsync(drafts, now, CancellationToken.None);
        }
        catch (Exception e) when (LeavesOutcomeOpen(e))
        {
            foreach (var pending in drafts.SelectMany(d => d.Pending)) pending.Submission.MayBeStored = true;
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

    private static void AnswerAll(LeadDraft draft)
    {
        var row = draft.Row;
        foreach (var (submission, changed, warnings, refusal) in draft.Pending)
        {
            submission.Answer(refusal is null ? new(row, changed, warnings, null) : LeadOutcome.Refused(refusal));
        }
    }

    private static void AnswerAll(List<Submission> submissions, Refusal refusal)
    {
        foreach (var submission in submissions) submission.Answer(LeadOutcome.Refused(refusal));
    }

    /// <summary>Nobody waits for them any more, and a client that left did not say so: all that is queued stands behind them.</summary>
    private void AnswerOverdue(List<Submission> submissions)
    {
        foreach (var submission in submissions)
        {
            if (_clock.GetElapsedTime(submission.QueuedAt).TotalMilliseconds > _options.AnswerWithinMs)
            {
                submission.Answer(LeadOutcome.Refused(Refusal.StoreUnavailable));
            }
        }
    }

    private async Task PauseAsync(int attempt, CancellationToken stopping)
    {
        var longest = Math.Min(_options.RetryDelayMsMax, 10 << Math.Min(attempt, 10));
        await Task.Delay(Random.Shared.Next(longest / 2, longest), stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
