using System.Threading.Channels;
using LeadScoring.Host.Events;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Storage;

namespace LeadScoring.Host.Webhooks;

/// <summary>
/// Delivering for as long as this instance leads. One loop owns all dispatches, so none of them needs a lock; requests, reads and
/// writes run beside it and hand their results to the loop as something to do.
/// </summary>
internal sealed class DispatchRun : IDisposable
{
    /// <summary>Requests at once to all endpoints; beyond it a dispatch has one at most, so that slow ones never starve the others.</summary>
    public const int UnderWayMax = 4_096;

    /// <summary>The same for deliveries held back in memory.</summary>
    public const int HeldMax = 500_000;

    private const int HeldOfOneMax = 100;
    private const int PageReadsMax = 4;
    private const int TailPageMax = 500;

    /// <summary>Bodies of one read.</summary>
    private const int WantedMax = 100;

    /// <summary>How late a retry may be.</summary>
    private static readonly TimeSpan TickEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(1);

    /// <summary>What is under way at the end may take this long, so that it need not be sent again.</summary>
    private static readonly TimeSpan DrainMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AwayPause = TimeSpan.FromMilliseconds(500);

    private readonly FeedReader _feed;
    private readonly FeedWatch _watch;
    private readonly DeliveryStore _store;
    private readonly WebhookSender _sender;
    private readonly WebhookTelemetry _telemetry;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;

    /// <summary>Its length is bounded by what can be under way at once.</summary>
    private readonly Channel<Action> _todo = Channel.CreateUnbounded<Action>(new() { SingleReader = true });
    private readonly CancellationTokenSource _abort = new();
    private readonly SemaphoreSlim _pageReads = new(PageReadsMax);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FeedTail _tail = new();
    private readonly Dictionary<StreamKey, SubscriptionDispatch> _dispatches = [];
    private readonly Dictionary<string, HashSet<SubscriptionDispatch>> _byTenant = new(StringComparer.Ordinal);
    private readonly HashSet<SubscriptionDispatch> _touched = [];
    private readonly List<(SubscriptionDispatch Dispatch, Delivery Delivery)> _wanted = [];
    private readonly DispatchLedger _ledger;
    private bool _isReadingEvents;
    private bool _isStopping;
    private int _underWay;
    private long _held;
    private long _progressAt;

    public DispatchRun(
        FeedReader feed,
        FeedWatch watch,
        DeliveryStore store,
        DispatchLedger ledger,
        WebhookSender sender,
        WebhookTelemetry telemetry,
        TimeProvider clock,
        ILogger logger)
    {
        (_feed, _watch, _store, _ledger, _sender) = (feed, watch, store, ledger, sender);
        (_telemetry, _clock, _logger) = (telemetry, clock, logger);
        ledger.Changed = (loaded, gone) => Post(() => Change(loaded, gone));
        ledger.Stored = stored => Post(() => Stored(stored));
    }

    /// <summary>Returns, or throws what ended it, after what was under way has been given a moment to end.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var loop = LoopAsync();
        Task[] work = [];
        try
        {
            // Whatever is published from here on comes by the tail; what was before, the subscriptions' positions say.
            var after = await _feed.LastLogSequenceAsync(ct);
            work = [FollowFeedAsync(after, ending.Token), _ledger.RunAsync(ending.Token), TickAsync(ending.Token)];
            await await Task.WhenAny([.. work, loop]);
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Post(Stop);
            await _drained.Task.WaitAsync(DrainMax, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _abort.CancelAsync();
            _todo.Writer.TryComplete();
            await loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _ledger.FlushLastAsync();
            _telemetry.Note(0, 0, 0);
        }
    }

    public void Dispose()
    {
        _abort.Dispose();
        _pageReads.Dispose();
    }

    private void Post(Action action) => _todo.Writer.TryWrite(action);

    private async Task LoopAsync()
    {
        await Task.Yield();
        while (await _todo.Reader.WaitToReadAsync())
        {
            while (_todo.Reader.TryRead(out var action)) action();
            foreach (var dispatch in _touched.ToList()) Guard(dispatch, () => Pump(dispatch));
            _touched.Clear();
            ReadWantedEvents();
        }
    }

    /// <summary>A fault in one dispatch is that dispatch's: it begins anew from what is stored, and the others never notice.</summary>
    private void Guard(SubscriptionDispatch dispatch, Action step)
    {
        try
        {
            step();
        }
        catch (Exception e)
        {
            _logger.LogError(e, "Delivering to subscription {SubscriptionId} failed; it begins anew", dispatch.Subscription.Key.StreamId);
            if (!IsCurrent(dispatch)) return;
            Remove(dispatch.Subscription.Key);
            _ledger.Reload(dispatch.Subscription.Key);
        }
    }

    private async Task FollowFeedAsync(long after, CancellationToken ct)
    {
        while (true)
        {
            await _watch.WaitAnyAsync(after, ct);
            var events = await _feed.ReadAllAsync(after, TailPageMax, ct);
            if (events.Count == 0)
            {
                // Seen, but not by this read: an instance of the database that lags behind.
                await Task.Delay(FeedWatch.LookEvery, _clock, ct);
                continue;
            }

            after = events[^1].LogSequence;
            Post(() => Grow(events));
        }
    }

    private async Task TickAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(TickEvery, _clock);
        while (await timer.WaitForNextTickAsync(ct)) Post(Tick);
    }

    private void Tick()
    {
        _touched.UnionWith(_dispatches.Values);
        _held = _dispatches.Values.Sum(c => (long)c.Held);
        if (_progressAt != 0 && _clock.GetElapsedTime(_progressAt) < ProgressEvery) return;
        _progressAt = _clock.GetTimestamp();
        foreach (var dispatch in _dispatches.Values) NoteProgress(dispatch);
        var failing = _dispatches.Values.Count(c => c.Progress.FailingSince is not null);
        _telemetry.Note(_held, _dispatches.Count - failing, failing);
    }

    private void NoteProgress(SubscriptionDispatch dispatch)
    {
        if (dispatch.HasMoreHeld && dispatch.Held < DispatchBounds.HeldMax / 2) _ledger.Reload(dispatch.Subscription.Key);
        if (!dispatch.HasProgressed) return;
        dispatch.HasProgressed = false;
        _ledger.Unsaved.Put(dispatch.Subscription.Key, dispatch.Progress);
    }

    private void Stop()
    {
        _isStopping = true;
        foreach (var dispatch in _dispatches.Values) NoteProgress(dispatch);
        if (_underWay == 0) _drained.TrySetResult();
    }

    private void Grow(IReadOnlyList<FeedEntry> events)
    {
        foreach (var published in events)
        {
            var isWanted = _byTenant.TryGetValue(published.TenantId, out var dispatches);
            _tail.Add(published, isWanted);
            if (isWanted) _touched.UnionWith(dispatches!);
        }
    }

    private void Change(IReadOnlyList<(LoadedSubscription Loaded, WebhookTarget Target)> loaded, IReadOnlyList<StreamKey> gone)
    {
        var now = _clock.GetUtcNow();
        foreach (var key in gone) Remove(key);
        foreach (var (found, target) in loaded)
        {
            var key = found.Subscription.Key;
            if (_dispatches.TryGetValue(key, out var dispatch) && dispatch.Disabling is null)
            {
                dispatch.Change(found.Subscription, target, now);
            }
            else
            {
                Remove(key);
                dispatch = new(found.Subscription, found.Progress, target, _ledger.RetryDelays, found.StoredAhead, _ledger.Unsaved.Put);
                _dispatches.Add(key, dispatch);
                if (!_byTenant.TryGetValue(key.TenantId, out var dispatches)) _byTenant.Add(key.TenantId, dispatches = []);
                dispatches.Add(dispatch);
            }

            foreach (var held in found.Held) dispatch.Hold(held.Position, held.Subject, held.Attempts, held.DueAt, held.IsAskedFor);
            dispatch.HasMoreHeld = found.HasMoreHeld;
            _tail.Note(key.TenantId, found.Head);
            _touched.Add(dispatch);
        }
    }

    private void Remove(StreamKey key)
    {
        if (!_dispatches.Remove(key, out var dispatch)) return;
        NoteProgress(dispatch);
        _touched.Remove(dispatch);
        var dispatches = _byTenant[key.TenantId];
        dispatches.Remove(dispatch);
        if (dispatches.Count == 0) _byTenant.Remove(key.TenantId);
    }

    private void Stored(IReadOnlyList<WebhookDelivery> stored)
    {
        foreach (var record in stored)
        {
            if (!_dispatches.TryGetValue(record.Subscription, out var dispatch)) continue;
            Guard(dispatch, () => dispatch.Stored(record));
            _touched.Add(dispatch);
        }
    }

    /// <summary>Lets a dispatch take what it may take and send what it may send.</summary>
    private void Pump(SubscriptionDispatch dispatch)
    {
        if (_isStopping || _ledger.IsAway || _ledger.Unsaved.IsFull || !IsCurrent(dispatch)) return;
        var now = _clock.GetUtcNow();
        do
        {
            Send(dispatch, now);
        }
        while (TakeNext(dispatch, now));
    }

    private bool TakeNext(SubscriptionDispatch dispatch, DateTimeOffset now)
    {
        if (!dispatch.MayTake(now) || (_held >= HeldMax && dispatch.Held >= HeldOfOneMax))
        {
            dispatch.ForgetPageWhenHeldUp(now);
            return false;
        }

        var tenantId = dispatch.Subscription.Key.TenantId;
        if (dispatch.Page is { } page)
        {
            while (page.TryPeek(out var passed) && passed.Position <= dispatch.Taken) page.Dequeue();
            if (page.TryDequeue(out var next)) dispatch.Take(next, now);
            else dispatch.DropPage();
            return true;
        }

        if (_tail.Find(tenantId, dispatch.Taken + 1) is { } newest)
        {
            dispatch.Take(newest, now);
            return true;
        }

        if (dispatch.Taken < _tail.HeadOf(tenantId) && !dispatch.IsReadingPage) ReadPage(dispatch);
        return false;
    }

    private void Send(SubscriptionDispatch dispatch, DateTimeOffset now)
    {
        while ((_underWay < UnderWayMax || dispatch.UnderWay == 0) && dispatch.Next(now) is { } delivery)
        {
            _underWay++;
            delivery.Event ??= _tail.Find(dispatch.Subscription.Key.TenantId, delivery.Position);
            if (delivery.Event is null) _wanted.Add((dispatch, delivery));
            else Send(dispatch, delivery, delivery.Event);
        }
    }

    private void Send(SubscriptionDispatch dispatch, Delivery delivery, FeedEntry published)
    {
        var target = dispatch.Target;
        _ = Task.Run(async () =>
        {
            try
            {
                var outcome = await _sender.SendAsync(target, published.EventId, published.Body, _abort.Token);
                Post(() => Done(dispatch, delivery, target, outcome));
            }
            catch (Exception e)
            {
                if (!_abort.IsCancellationRequested) _logger.LogError(e, "An attempt of subscription {SubscriptionId} ended unexpectedly", dispatch.Subscription.Key.StreamId);
                Post(() => PutBack(dispatch, delivery));
            }
        });
    }

    private void Done(SubscriptionDispatch dispatch, Delivery delivery, WebhookTarget target, AttemptOutcome outcome)
    {
        CountDown();
        _telemetry.Count(outcome);

        // What a former address, or a former time, says against a subscription is not held against the present one.
        var counts = outcome.Result == AttemptResult.Delivered || (IsCurrent(dispatch) && target.Url == dispatch.Target.Url);
        if (!counts)
        {
            dispatch.PutBack(delivery, _clock.GetUtcNow());
            _touched.Add(dispatch);
            return;
        }

        Guard(dispatch, () =>
        {
            var wasDisabling = dispatch.Disabling is not null;
            var wasFailing = dispatch.Progress.FailingSince is not null;
            dispatch.Done(delivery, outcome, _clock.GetUtcNow());
            if (dispatch.Progress.FailingSince is not null != wasFailing || _isStopping) NoteProgress(dispatch);
            if (!IsCurrent(dispatch)) return;
            if (!wasDisabling && dispatch.Disabling is { } reason) _ledger.Disable(dispatch.Subscription, reason);
            _touched.Add(dispatch);
        });
    }

    private void PutBack(SubscriptionDispatch dispatch, Delivery delivery)
    {
        CountDown();
        dispatch.PutBack(delivery, _clock.GetUtcNow() + AwayPause);
    }

    private bool IsCurrent(SubscriptionDispatch dispatch) => _dispatches.GetValueOrDefault(dispatch.Subscription.Key) == dispatch;

    private void CountDown()
    {
        _underWay--;
        if (_isStopping && _underWay == 0) _drained.TrySetResult();
    }

    private void ReadPage(SubscriptionDispatch dispatch)
    {
        dispatch.IsReadingPage = true;
        var (tenantId, after, types) = (dispatch.Subscription.Key.TenantId, dispatch.Taken, dispatch.Types);
        _ = Task.Run(async () =>
        {
            FeedPage? page = null;
            try
            {
                await _pageReads.WaitAsync(_abort.Token);
                try
                {
                    page = await _feed.ReadAsync(tenantId, after, DispatchBounds.PageMax, types, _abort.Token);
                }
                finally
                {
                    _pageReads.Release();
                }
            }
            catch (Exception e)
            {
                if (!StoreFailures.IsUnavailable(e) && !_abort.IsCancellationRequested) _logger.LogError(e, "The feed could not be read for a webhook");
                await Task.Delay(AwayPause, _clock, _abort.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            Post(() =>
            {
                // Of other types than asked for by now: read again.
                dispatch.SetPage(ReferenceEquals(types, dispatch.Types) ? page : null);
                if (IsCurrent(dispatch)) _touched.Add(dispatch);
            });
        });
    }

    /// <summary>Bodies of what is due again, of many dispatches in one read.</summary>
    private void ReadWantedEvents()
    {
        if (_isReadingEvents || _wanted.Count == 0) return;
        _isReadingEvents = true;
        var wanted = _wanted[..Math.Min(_wanted.Count, WantedMax)];
        _wanted.RemoveRange(0, wanted.Count);
        _ = Task.Run(async () =>
        {
            IReadOnlyDictionary<(string, long), FeedEntry>? events = null;
            try
            {
                var places = wanted.Select(w => (w.Dispatch.Subscription.Key.TenantId, w.Delivery.Position)).Distinct().ToList();
                events = (await _feed.FindAsync(places, _abort.Token)).ToDictionary(e => (e.TenantId, e.Position));
            }
            catch (Exception e)
            {
                if (!StoreFailures.IsUnavailable(e) && !_abort.IsCancellationRequested) _logger.LogError(e, "Events could not be read for webhooks");
                await Task.Delay(AwayPause, _clock, _abort.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            Post(() => SendRead(wanted, events));
        });
    }

    private void SendRead(List<(SubscriptionDispatch Dispatch, Delivery Delivery)> wanted, IReadOnlyDictionary<(string, long), FeedEntry>? events)
    {
        _isReadingEvents = false;
        foreach (var (dispatch, delivery) in wanted)
        {
            var published = events?.GetValueOrDefault((dispatch.Subscription.Key.TenantId, delivery.Position));
            if (published is null || _isStopping || !IsCurrent(dispatch)) PutBack(dispatch, delivery);
            else Send(dispatch, delivery, published);
        }
    }
}
