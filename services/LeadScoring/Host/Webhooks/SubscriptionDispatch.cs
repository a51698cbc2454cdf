using System.Collections.Concurrent;
using LeadScoring.Contracts;
using LeadScoring.Host.Events;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Storage;
using LeadScoring.Host.Subscriptions;
using Marten;

namespace LeadScoring.Host.Webhooks;

/// <summary>
/// Delivers to one subscription. Its loop alone touches what it knows; requests run beside it, and whoever has something for it puts
/// that in its inbox. What fails ends it, after what is under way, and it begins anew from what is stored: no other notices.
/// </summary>
internal sealed class SubscriptionDispatch(DispatchRun run, StreamKey key, long revision)
{
    /// <summary>Deliveries that one subscription may hold back in any case.</summary>
    private const int HeldAlwaysMax = 100;

    /// <summary>Events of one read where an endpoint is behind.</summary>
    private const int PageMax = 100;

    /// <summary>How late a retry may be.</summary>
    private static readonly TimeSpan TickEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(1);

    /// <summary>Before what could not be read is read again.</summary>
    private static readonly TimeSpan AwayPause = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentQueue<Action> _inbox = new();
    private TaskCompletionSource _wake = NewWake();
    private WebhookSubscription _subscription = null!;
    private WebhookTarget _target = null!;
    private DeliveryQueue? _queue;
    private int _held;
    private SubscriptionProgress? _saved;
    private long _savedAt;
    private long _wantedRevision = revision;
    private long _loadedRevision = -1;
    private volatile bool _isEnding;

    public string TenantId => key.TenantId;

    /// <summary>Ends, never throws.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>What ended cannot begin anew before the subscription has changed.</summary>
    public bool NeedsChange { get; private set; }

    public long Revision => Volatile.Read(ref _wantedRevision);

    public bool IsFailing { get; private set; }

    public void Start() => Running = Task.Run(RunAsync);

    /// <summary>Takes and sends nothing more, from any thread.</summary>
    public void End()
    {
        _isEnding = true;
        Raise();
    }

    /// <summary>The subscription was changed, or a delivery of it is to be sent again.</summary>
    public void Change(long to)
    {
        if (to <= Revision) return;
        Volatile.Write(ref _wantedRevision, to);
        Raise();
    }

    /// <summary>There is something to look at.</summary>
    public void Raise() => Volatile.Read(ref _wake).TrySetResult();

    private static TaskCompletionSource NewWake() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Post(Action action)
    {
        _inbox.Enqueue(action);
        Raise();
    }

    private async Task RunAsync()
    {
        while (!run.Abort.IsCancellationRequested)
        {
            try
            {
                while (_inbox.TryDequeue(out var action)) action();
                if (!_isEnding) await StepAsync(run.Abort);
            }
            catch (Exception e)
            {
                Report(e, "Delivering to a subscription failed; it begins anew");
                _isEnding = true;
            }

            if (_queue is null) return;
            var isOver = _isEnding && _queue.UnderWay == 0;
            SaveProgress(isOver);
            if (isOver) return;
            await Volatile.Read(ref _wake).Task.WaitAsync(PauseMax()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Volatile.Write(ref _wake, NewWake());
        }
    }

    private async Task StepAsync(CancellationToken ct)
    {
        if (_loadedRevision < Revision || (_queue is { HasMoreHeld: true } && _queue.Held < DeliveryQueue.HeldMax / 2)) await LoadAsync(ct);
        if (_isEnding) return;
        var now = run.Services.Clock.GetUtcNow();
        do
        {
            while (run.MaySend(_queue!.UnderWay) && _queue.Next(now) is { } delivery) Send(delivery);
        }
        while (await TakeNextAsync(now));

        if (_queue.Disabling is not { } reason) return;
        _isEnding = true;
        if (!await run.Services.Documents.DisableSubscriptionAsync(key, reason, now, EventMetadata.None, ct, _subscription.TriedSince)) return;
        run.Services.Telemetry.CountDisabled(reason);
        run.Services.Logger.LogWarning("Subscription {SubscriptionId} is disabled: {Reason}", key.StreamId, reason);
    }

    /// <summary>Reads the subscription and what is held back, once what this instance knows of it is stored.</summary>
    private async Task LoadAsync(CancellationToken ct)
    {
        await run.Writer.FlushAsync(ct);
        using var turn = await run.TakeReadTurnAsync(ct);
        await using var session = run.Services.Documents.QuerySession(key.TenantId);
        var former = _subscription;
        if (await session.LoadAsync<WebhookSubscription>(key.StreamId, ct) is not { Enabled: true, DeletedAt: null } found)
        {
            _isEnding = true;
            return;
        }

        (_subscription, _loadedRevision) = (found, found.Version);
        if (!run.Services.Secrets.TryTargetOf(found, out _target!))
        {
            run.Services.Logger.LogError(
                "Nothing is delivered to subscription {SubscriptionId}: its secret cannot be read with the Webhooks:SecretsKey that is set", key.StreamId);
            NeedsChange = _isEnding = true;
            return;
        }

        var now = run.Services.Clock.GetUtcNow();
        if (_queue is null)
        {
            var progress = _saved = (await session.LoadAsync<SubscriptionProgress>(key.StreamId, ct))!;
            var ahead = await session.Query<WebhookDelivery>()
                .Where(d => d.SubscriptionId == key.StreamId && d.FinishedAt != null && d.Position > progress.Position)
                .Select(d => d.Position)
                .ToListAsync(ct);
            _queue = new(key, progress, ahead, run.Services.Options.RetryDelays, row => run.Writer.Put(row, () => Post(() => _queue!.Stored(row.Position))));
            run.NoteHead(key.TenantId, (await session.LoadAsync<FeedHead>(key.TenantId, ct))?.Position ?? 0);
        }

        if (former?.TriedSince != found.TriedSince) _queue.TryAfresh(found.TriedSince, now);
        var unfinished = await session.Query<WebhookDelivery>()
            .Where(d => d.SubscriptionId == key.StreamId && d.FinishedAt == null)
            .OrderBy(d => d.Position)
            .Take(DeliveryQueue.HeldMax + 1)
            .ToListAsync(ct);
        foreach (var row in unfinished.Take(DeliveryQueue.HeldMax)) _queue.Hold(row, found.TriedSince);
        _queue.HasMoreHeld = unfinished.Count > DeliveryQueue.HeldMax;
    }

    private async Task<bool> TakeNextAsync(DateTimeOffset now)
    {
        var position = _queue!.Taken + 1;
        if (position > run.HeadOf(key.TenantId) || !_queue.MayTake(now) || (run.IsHeldFull && _queue.Held >= HeldAlwaysMax)) return false;
        if (await run.ReadAsync(key.TenantId, position, PageMax) is not { } published) return false;
        _queue.Take(published, isWanted: _subscription.EventTypes?.Contains(published.Type) != false, now);
        return true;
    }

    private void Send(Delivery delivery)
    {
        var target = _target;
        run.CountUnderWay(1);
        _ = Task.Run(() => AttemptAsync(delivery, target));
    }

    private async Task AttemptAsync(Delivery delivery, WebhookTarget target)
    {
        AttemptOutcome? outcome = null;
        try
        {
            if (await run.ReadAsync(key.TenantId, delivery.Position, atMost: 1) is { } published)
            {
                outcome = await run.Services.Sender.SendAsync(target, published.EventId, published.Body, run.Abort);
            }
        }
        catch (Exception e)
        {
            Report(e, "An attempt ended unexpectedly");
        }

        run.CountUnderWay(-1);
        Post(() => Done(delivery, target, outcome));
    }

    private void Done(Delivery delivery, WebhookTarget target, AttemptOutcome? outcome)
    {
        var now = run.Services.Clock.GetUtcNow();
        if (outcome is not null) run.Services.Telemetry.Count(outcome);

        // What a former address says against a subscription is not held against the present one.
        if (outcome is null) _queue!.PutBack(delivery, now + AwayPause);
        else if (outcome.Result != AttemptResult.Delivered && target.Url != _target.Url) _queue!.PutBack(delivery, now);
        else _queue!.Done(delivery, outcome, now);
    }

    /// <summary>Once a second, at once when it begins or ends to fail, and at the end.</summary>
    private void SaveProgress(bool isOver)
    {
        var progress = _queue!.Progress;
        var held = isOver ? 0 : _queue.Held;
        run.CountHeld(held - _held);
        (_held, IsFailing) = (held, progress.FailingSince is not null);
        if (ReferenceEquals(progress, _saved)) return;
        var isTurn = progress.FailingSince is null != _saved!.FailingSince is null;
        if (!isOver && !isTurn && _savedAt != 0 && run.Services.Clock.GetElapsedTime(_savedAt) < ProgressEvery) return;
        run.Writer.Put(key, progress);
        (_saved, _savedAt) = (progress, run.Services.Clock.GetTimestamp());
    }

    private void Report(Exception e, string what)
    {
        if (run.Abort.IsCancellationRequested) return;
        if (StoreFailures.IsUnavailable(e)) run.Services.Logger.LogWarning("{What} ({SubscriptionId}): {Fault}", what, key.StreamId, e.Message);
        else run.Services.Logger.LogError(e, "{What} ({SubscriptionId})", what, key.StreamId);
    }

    private TimeSpan PauseMax()
    {
        if (_queue!.HasDue || _queue.HasMoreHeld || _queue.Taken < run.HeadOf(key.TenantId)) return TickEvery;
        return ReferenceEquals(_queue.Progress, _saved) ? Timeout.InfiniteTimeSpan : ProgressEvery;
    }
}
