using System.Collections.Concurrent;
using LeadScoring.Host.Feed;
using RabbitMQ.Client.Exceptions;
using Wolverine.Transports;

namespace LeadScoring.Host.Broker;

/// <summary>
/// The relay over one connection: reads ahead, sends what may be sent within the window, takes the broker's answers, and moves the
/// stored position over what is confirmed without a gap. Everything here happens in one loop, which sleeps when there is nothing to do.
/// </summary>
internal sealed class RelayRun(
    BrokerPublisher publisher,
    RelayWindow window,
    FeedReader reader,
    FeedWatch watch,
    RelayPosition position,
    Signal wakeup,
    BrokerStatusBoard board,
    BrokerMetrics metrics,
    BrokerOptions options,
    TimeProvider clock)
{
    /// <summary>The position is stored at least so often while it moves.</summary>
    public static readonly TimeSpan SavedEvery = TimeSpan.FromMilliseconds(100);

    /// <summary>The same when everything is confirmed: what a crash would repeat is then nothing.</summary>
    public static readonly TimeSpan SavedWhenDoneEvery = TimeSpan.FromMilliseconds(10);

    /// <summary>When stopped, how long confirmations of what is out are waited for: each one that comes is a repeat less.</summary>
    public static readonly TimeSpan LastAnswersMax = TimeSpan.FromSeconds(2);

    /// <summary>Between two looks whether the connection is lost or blocked, which nobody tells.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    private const int PageMax = 512;

    private readonly ConcurrentQueue<(RelayEntry Entry, Exception? Fault)> _answers = new();
    private readonly HashSet<RelayEntry> _out = [];
    private readonly long _startedAt = clock.GetTimestamp();
    private Task<IReadOnlyList<FeedEntry>>? _reading;
    private Task? _saving;
    private bool _isAtEnd;
    private string? _blocked;
    private TimeSpan _savedAt = -SavedEvery;
    private TimeSpan _lookedAt = -LookEvery;
    private TimeSpan _heardAt;

    /// <summary>Whether the broker has confirmed anything on this connection.</summary>
    public bool HasConfirmed { get; private set; }

    private TimeSpan SavePause => window.Count == 0 ? SavedWhenDoneEvery : SavedEvery;

    /// <summary>On the relay's own time, which no change of the clock moves.</summary>
    private TimeSpan Now => clock.GetElapsedTime(_startedAt);

    /// <summary>Runs until stopped. What had no answer is then back in the window.</summary>
    /// <exception cref="BrokerFault">The connection is lost.</exception>
    /// <exception cref="JasperFx.ConcurrencyException">Another relay has moved the position.</exception>
    /// <exception cref="Npgsql.NpgsqlException">The database failed.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            while (!ct.IsCancellationRequested)
            {
                await FillAsync(ct);
                TakeAnswers();
                Send();
                await SaveAsync();
                await LookAsync();
                ShowState();
                await wakeup.WaitAsync(SleepMax(), ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Stopped: what is out may still be answered.
        }
        finally
        {
            if (ct.IsCancellationRequested) await TakeLastAnswersAsync();
            window.PutBack(_out);
            metrics.WindowUsed = 0;
            await SaveLastAsync();
        }
    }

    /// <summary>
    /// Adds what has been read meanwhile, and begins to read further where there is room. Near its bound the window is not topped up
    /// event by event.
    /// </summary>
    private async ValueTask FillAsync(CancellationToken ct)
    {
        if (_reading is { IsCompleted: true } read)
        {
            _reading = null;
            window.Add(await read);
        }

        var limit = Math.Min(PageMax, window.Room);
        if (_reading is not null || limit < 1 || (limit < PageMax && window.Room < window.Count)) return;
        _reading = ReadAsync(window.ReadUpTo, limit, ct);
        WakeAfter(_reading);
    }

    private async Task<IReadOnlyList<FeedEntry>> ReadAsync(long after, int limit, CancellationToken ct)
    {
        if (_isAtEnd) await watch.WaitAnyAsync(after, ct);
        var events = await reader.ReadAllAsync(after, limit, ct);
        _isAtEnd = events.Count < limit;
        return events;
    }

    private void Send()
    {
        while (_blocked is null && _out.Count < options.WindowMax && window.TakeNext(Now) is { } entry)
        {
            entry.SentAt = Now;
            _out.Add(entry);
            metrics.Published.Add(1);
            _ = PublishAsync(entry);
        }

        metrics.WindowUsed = _out.Count;
    }

    private async Task PublishAsync(RelayEntry entry)
    {
        Exception? fault = null;
        try
        {
            await publisher.PublishAsync(entry.Event!);
        }
        catch (Exception e)
        {
            fault = e; // Judged where the answers are taken.
        }

        _answers.Enqueue((entry, fault));
        wakeup.Raise();
    }

    private void TakeAnswers()
    {
        while (_answers.TryDequeue(out var answer))
        {
            var (entry, fault) = answer;
            if (fault is not null and not PublishException { IsReturn: false }) throw BrokerFault.Of(fault, options);
            _heardAt = Now;
            _out.Remove(entry);
            if (fault is not null)
            {
                metrics.Nacked.Add(1);
                window.Refuse(entry, Now);
                continue;
            }

            HasConfirmed = true;
            metrics.Confirmed.Add(1);
            metrics.ConfirmTime.Record((Now - entry.SentAt).TotalSeconds);
            window.Confirm(entry);
        }
    }

    private async ValueTask SaveAsync()
    {
        if (_saving is { IsCompleted: false }) return;
        if (_saving is not null) await _saving;
        _saving = null;
        if (window.ConfirmedUpTo == position.SavedUpTo || Now - _savedAt < SavePause) return;
        _savedAt = Now;
        _saving = position.SaveAsync(window.ConfirmedUpTo, CancellationToken.None);
        WakeAfter(_saving);
    }

    /// <summary>A broker that is silent for too long is taken for gone, unless it has said that it is blocked.</summary>
    private async ValueTask LookAsync()
    {
        if (Now - _lookedAt < LookEvery) return;
        _lookedAt = Now;
        var health = await publisher.HealthAsync();
        if (health.Status == TransportHealthStatus.Unhealthy) throw new BrokerFault($"The connection to {options.Where} was lost.", isRefusal: false);
        _blocked = health.Status == TransportHealthStatus.Degraded ? health.Message : null;
        if (_blocked is not null) _heardAt = Now;
        if (_out.Count == 0) return;
        var oldest = _out.Min(entry => entry.SentAt);
        if (Now - (oldest > _heardAt ? oldest : _heardAt) < options.ConfirmWaitMax) return;
        throw new BrokerFault($"{options.Where} confirmed nothing for {options.ConfirmWaitMax.TotalSeconds:0.#} s.", isRefusal: false);
    }

    private void ShowState()
    {
        if (_blocked is not null) board.Set(BrokerState.Blocked, $"The broker takes nothing at the moment ({_blocked}).");
        else if (window.HeldType is { } type) board.Set(BrokerState.Unroutable, NotTaken(type));
        else board.Set(BrokerState.Running);
    }

    /// <summary>The broker's refusal does not tell the one from the other.</summary>
    private string NotTaken(string type) =>
        $"No queue takes {type}: none is bound to the exchange '{options.Exchange}' for it, or it is full or without its leader.";

    private TimeSpan SleepMax()
    {
        var until = _lookedAt + LookEvery;
        if (_blocked is null && _out.Count < options.WindowMax && window.NextTryAt() is { } tryAt && tryAt < until) until = tryAt;
        if (_saving is null && window.ConfirmedUpTo != position.SavedUpTo && _savedAt + SavePause < until) until = _savedAt + SavePause;
        return until > Now ? until - Now : TimeSpan.Zero;
    }

    private async Task TakeLastAnswersAsync()
    {
        using var patience = new CancellationTokenSource(LastAnswersMax, clock);
        try
        {
            while (_out.Count > 0 && _blocked is null)
            {
                TakeAnswers();
                if (_out.Count > 0) await wakeup.WaitAsync(patience.Token);
            }
        }
        catch (Exception e) when (e is BrokerFault or OperationCanceledException)
        {
            // They are sent again by whoever relays next.
        }
    }

    private async Task SaveLastAsync()
    {
        if (_saving is not null) await _saving;
        if (window.ConfirmedUpTo != position.SavedUpTo) await position.SaveAsync(window.ConfirmedUpTo, CancellationToken.None);
    }

    private void WakeAfter(Task task) => _ = task.ContinueWith(
        static (_, me) => ((Signal)me!).Raise(), wakeup, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
