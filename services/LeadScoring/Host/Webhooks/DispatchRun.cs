using System.Threading.Channels;
using LeadScoring.Host.Events;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Storage;

namespace LeadScoring.Host.Webhooks;

/// <summary>
/// Delivering for as long as this instance leads. One loop owns all couriers, so none of them needs a lock; requests, reads and
/// writes run beside it and hand their results to the loop as something to do.
/// </summary>
internal sealed class DispatchRun : IDisposable
{
    /// <summary>Requests at once to all endpoints; beyond it a courier has one at most, so that slow ones never starve the others.</summary>
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
    private readonly Dictionary<StreamKey, Courier> _couriers = [];
    private readonly Dictionary<string, HashSet<Courier>> _byTenant = new(StringComparer.Ordinal);
    private readonly HashSet<Courier> _touched = [];
    private readonly List<(Courier Courier, Delivery Delivery)> _wanted = [];
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
            foreach (var courier in _touched.ToList()) Guard(courier, () => Pump(courier));
            _touched.Clear();
            ReadWantedEvents();
        }
    }

    /// <summary>A fault in one courier is that courier's: it begins anew from what is stored, and the others never notice.</summary>
    private void Guard(Courier courier, Action step)
    {
        try
        {
            step();
        }
        catch (Exception e)
        {
            _logger.LogError(e, "Delivering to subscription {SubscriptionId} failed; it begins anew", courier.Subscription.Key.StreamId);
            if (!IsCurrent(courier)) return;
            Remove(courier.Subscription.Key);
            _ledger.Reload(courier.Subscription.Key);
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
        _touched.UnionWith(_couriers.Values);
        _held = _couriers.Values.Sum(c => (long)c.Held);
        if (_progressAt != 0 && _clock.GetElapsedTime(_progressAt) < ProgressEvery) return;
        _progressAt = _clock.GetTimestamp();
        foreach (var courier in _couriers.Values) NoteProgress(courier);
        var failing = _couriers.Values.Count(c => c.Progress.FailingSince is not null);
        _telemetry.Note(_held, _couriers.Count - failing, failing);
    }

    private void NoteProgress(Courier courier)
    {
        if (courier.HasMoreHeld && courier.Held < CourierBounds.HeldMax / 2) _ledger.Reload(courier.Subscription.Key);
        if (!courier.HasProgressed) return;
        courier.HasProgressed = false;
        _ledger.Outbox.Put(courier.Subscription.Key, courier.Progress);
    }

    private void Stop()
    {
        _isStopping = true;
        foreach (var courier in _couriers.Values) NoteProgress(courier);
        if (_underWay == 0) _drained.TrySetResult();
    }

    private void Grow(IReadOnlyList<FeedEntry> events)
    {
        foreach (var published in events)
        {
            var isWanted = _byTenant.TryGetValue(published.TenantId, out var couriers);
            _tail.Add(published, isWanted);
            if (isWanted) _touched.UnionWith(couriers!);
        }
    }

    private void Change(IReadOnlyList<(LoadedSubscription Loaded, WebhookTarget Target)> loaded, IReadOnlyList<StreamKey> gone)
    {
        var now = _clock.GetUtcNow();
        foreach (var key in gone) Remove(key);
        foreach (var (found, target) in loaded)
        {
            var key = found.Subscription.Key;
            if (_couriers.TryGetValue(key, out var courier) && courier.Disabling is null)
            {
                courier.Change(found.Subscription, target, now);
            }
            else
            {
                Remove(key);
                courier = new(found.Subscription, found.Progress, target, _ledger.RetryDelays, found.StoredAhead, _ledger.Outbox.Put);
                _couriers.Add(key, courier);
                if (!_byTenant.TryGetValue(key.TenantId, out var couriers)) _byTenant.Add(key.TenantId, couriers = []);
                couriers.Add(courier);
            }

            foreach (var held in found.Held) courier.Hold(held.Position, held.Subject, held.Attempts, held.DueAt);
            courier.HasMoreHeld = found.HasMoreHeld;
            _tail.Note(key.TenantId, found.Head);
            _touched.Add(courier);
        }
    }

    private void Remove(StreamKey key)
    {
        if (!_couriers.Remove(key, out var courier)) return;
        NoteProgress(courier);
        _touched.Remove(courier);
        var couriers = _byTenant[key.TenantId];
        couriers.Remove(courier);
        if (couriers.Count == 0) _byTenant.Remove(key.TenantId);
    }

    private void Stored(IReadOnlyList<WebhookDelivery> stored)
    {
        foreach (var record in stored)
        {
            if (!_couriers.TryGetValue(record.Subscription, out var courier)) continue;
            Guard(courier, () => courier.Stored(record));
            _touched.Add(courier);
        }
    }

    /// <summary>Lets a courier take what it may take and send what it may send.</summary>
    private void Pump(Courier courier)
    {
        if (_isStopping || _ledger.IsAway || _ledger.Outbox.IsFull || !IsCurrent(courier)) return;
        var now = _clock.GetUtcNow();
        do
        {
            Send(courier, now);
        }
        while (TakeNext(courier, now));
    }

    private bool TakeNext(Courier courier, DateTimeOffset now)
    {
        if (!courier.MayTake(now) || (_held >= HeldMax && courier.Held >= HeldOfOneMax))
        {
            courier.ForgetPageWhenHeldUp(now);
            return false;
        }

        var tenantId = courier.Subscription.Key.TenantId;
        if (courier.Page is { } page)
        {
            while (page.TryPeek(out var passed) && passed.Position <= courier.Taken) page.Dequeue();
            if (page.TryDequeue(out var next)) courier.Take(next, now);
            else courier.DropPage();
            return true;
        }

        if (_tail.Find(tenantId, courier.Taken + 1) is { } newest)
        {
            courier.Take(newest, now);
            return true;
        }

        if (courier.Taken < _tail.HeadOf(tenantId) && !courier.IsReadingPage) ReadPage(courier);
        return false;
    }

    private void Send(Courier courier, DateTimeOffset now)
    {
        while ((_underWay < UnderWayMax || courier.UnderWay == 0) && courier.Next(now) is { } delivery)
        {
            _underWay++;
            delivery.Event ??= _tail.Find(courier.Subscription.Key.TenantId, delivery.Position);
            if (delivery.Event is null) _wanted.Add((courier, delivery));
            else Send(courier, delivery, delivery.Event);
        }
    }

    private void Send(Courier courier, Delivery delivery, FeedEntry published)
    {
        var target = courier.Target;
        _ = Task.Run(async () =>
        {
            try
            {
                var outcome = await _sender.SendAsync(target, published.EventId, published.Body, _abort.Token);
                Post(() => Done(courier, delivery, target, outcome));
            }
            catch (Exception e)
            {
                if (!_abort.IsCancellationRequested) _logger.LogError(e, "An attempt of subscription {SubscriptionId} ended unexpectedly", courier.Subscription.Key.StreamId);
                Post(() => PutBack(courier, delivery));
            }
        });
    }

    private void Done(Courier courier, Delivery delivery, WebhookTarget target, AttemptOutcome outcome)
    {
        CountDown();
        _telemetry.Count(outcome);

        // What a former address, or a former time, says against a subscription is not held against the present one.
        var counts = outcome.Result == AttemptResult.Delivered || (IsCurrent(courier) && target.Url == courier.Target.Url);
        if (!counts)
        {
            courier.PutBack(delivery, _clock.GetUtcNow());
            _touched.Add(courier);
            return;
        }

        Guard(courier, () =>
        {
            var wasDisabling = courier.Disabling is not null;
            var wasFailing = courier.Progress.FailingSince is not null;
            courier.Done(delivery, outcome, _clock.GetUtcNow());
            if (courier.Progress.FailingSince is not null != wasFailing || _isStopping) NoteProgress(courier);
            if (!IsCurrent(courier)) return;
            if (!wasDisabling && courier.Disabling is { } reason) _ledger.Disable(courier.Subscription, reason);
            _touched.Add(courier);
        });
    }

    private void PutBack(Courier courier, Delivery delivery)
    {
        CountDown();
        courier.PutBack(delivery, _clock.GetUtcNow() + AwayPause);
    }

    private bool IsCurrent(Courier courier) => _couriers.GetValueOrDefault(courier.Subscription.Key) == courier;

    private void CountDown()
    {
        _underWay--;
        if (_isStopping && _underWay == 0) _drained.TrySetResult();
    }

    private void ReadPage(Courier courier)
    {
        courier.IsReadingPage = true;
        var (tenantId, after, types) = (courier.Subscription.Key.TenantId, courier.Taken, courier.Types);
        _ = Task.Run(async () =>
        {
            FeedPage? page = null;
            try
            {
                await _pageReads.WaitAsync(_abort.Token);
                try
                {
                    page = await _feed.ReadAsync(tenantId, after, CourierBounds.PageMax, types, _abort.Token);
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
                courier.SetPage(ReferenceEquals(types, courier.Types) ? page : null);
                if (IsCurrent(courier)) _touched.Add(courier);
            });
        });
    }

    /// <summary>Bodies of what is due again, of many couriers in one read.</summary>
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
                var places = wanted.Select(w => (w.Courier.Subscription.Key.TenantId, w.Delivery.Position)).Distinct().ToList();
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

    private void SendRead(List<(Courier Courier, Delivery Delivery)> wanted, IReadOnlyDictionary<(string, long), FeedEntry>? events)
    {
        _isReadingEvents = false;
        foreach (var (courier, delivery) in wanted)
        {
            var published = events?.GetValueOrDefault((courier.Subscription.Key.TenantId, delivery.Position));
            if (published is null || _isStopping || !IsCurrent(courier)) PutBack(courier, delivery);
            else Send(courier, delivery, published);
        }
    }
}
