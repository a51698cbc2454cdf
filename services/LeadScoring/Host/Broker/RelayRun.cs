namespace LeadScoring.Host.Broker;

/// <summary>
/// The relay over one connection: reads ahead, sends what may be sent within the window, takes the broker's answers, and moves the
/// stored position over what is confirmed without a gap. Everything here happens in one loop, which sleeps when there is nothing to do.
/// </summary>
internal sealed class RelayRun(
    BrokerConnection connection,
    RelayWindow window,
    FeedTail tail,
    RelayPosition position,
    Wakeup wakeup,
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

    /// <summary>The last confirmations of many are not told one by one: they are looked for.</summary>
    private static readonly TimeSpan AnswersTakenEvery = TimeSpan.FromMilliseconds(5);

    /// <summary>Once the window is full, so large a part of it must be confirmed before more is sent.</summary>
    private const int BurstsPerWindow = 4;

    private readonly SentMessages _sent = new();
    private readonly long _startedAt = clock.GetTimestamp();
    private Task? _sending;
    private Task? _saving;
    private TimeSpan _savedAt = -SavedEvery;
    private bool _waitsForRoom;
    private TimeSpan _heardAt;

    /// <summary>Whether the broker has confirmed anything on this connection.</summary>
    public bool HasConfirmed { get; private set; }

    private bool CanSend => connection.BlockedReason is null && _sending is not { IsCompleted: false } && HasRoom;

    /// <summary>Sent in bursts: a message at a time for each confirmation would be as many wake-ups and writes as messages.</summary>
    private bool HasRoom => _sent.Count < (_waitsForRoom ? options.WindowMax - (options.WindowMax / BurstsPerWindow) + 1 : options.WindowMax);

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
                connection.EnsureOpen();
                await tail.FillAsync(window, ct);
                TakeAnswers();
                await SendAsync();
                await SaveAsync();
                ShowState();
                EnsureAnswers();
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
            window.PutBack(_sent.All);
            metrics.WindowUsed = 0;
            await SaveLastAsync();
        }
    }

    private void TakeAnswers()
    {
        while (connection.TryTakeAnswer(out var answer))
        {
            _heardAt = Now;
            switch (answer.Kind)
            {
                case BrokerAnswerKind.Returned:
                    _sent.Return(answer.MessageId);
                    break;
                case BrokerAnswerKind.Confirmed:
                    foreach (var entry in _sent.Settle(answer.Tag, answer.Multiple)) Confirm(entry);
                    break;
                default:
                    foreach (var entry in _sent.Settle(answer.Tag, answer.Multiple)) Refuse(entry, isUnroutable: false);
                    break;
            }
        }

        metrics.WindowUsed = _sent.Count;
    }

    private void Confirm(RelayEntry entry)
    {
        if (entry.IsReturned)
        {
            Refuse(entry, isUnroutable: true);
            return;
        }

        HasConfirmed = true;
        metrics.Confirmed.Add(1);
        metrics.ConfirmTime.Record((Now - entry.SentAt).TotalSeconds);
        window.Confirm(entry);
    }

    private void Refuse(RelayEntry entry, bool isUnroutable)
    {
        entry.IsReturned = false;
        (isUnroutable ? metrics.Returned : metrics.Nacked).Add(1);
        window.Refuse(entry, isUnroutable, Now);
    }

    /// <summary>
    /// A send that does not end at once (the broker reads no more, and every buffer is full) goes on by itself, so that this loop
    /// still hears what the broker says.
    /// </summary>
    private async ValueTask SendAsync()
    {
        if (_sending is { IsCompleted: false }) return;
        if (_sending is not null) await _sending;
        _sending = null;

        if (!HasRoom) return;
        while (connection.BlockedReason is null && _sent.Count < options.WindowMax && window.TakeNext(Now) is { } entry)
        {
            entry.SentAt = Now;
            _sent.Add(entry);
            metrics.Published.Add(1);
            var sending = connection.SendAsync(entry.Event!, CancellationToken.None);
            if (sending.IsCompleted)
            {
                await sending;
                continue;
            }

            _sending = sending.AsTask();
            WakeAfter(_sending);
            break;
        }

        _waitsForRoom = _sent.Count >= options.WindowMax;
        connection.Unanswered = _sent.Count;
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

    private void ShowState()
    {
        if (connection.BlockedReason is { } reason) board.Set(BrokerState.Blocked, $"The broker takes nothing at the moment ({reason}).");
        else if (window.UnroutableType is { } type) board.Set(BrokerState.Unroutable, $"No queue is bound to the exchange '{options.Exchange}' for {type}.");
        else if (window.NackedType is { } nacked) board.Set(BrokerState.Refused, $"The broker does not take {nacked}: a queue may be full or without its leader.");
        else board.Set(BrokerState.Running);
    }

    /// <summary>A broker that is silent for so long is taken for gone, unless it has said that it is blocked.</summary>
    private void EnsureAnswers()
    {
        if (connection.BlockedReason is not null) _heardAt = Now;
        if (AnswerDueAt() is { } due && Now >= due)
        {
            throw new BrokerFault($"{options.Where} confirmed nothing for {options.ConfirmWaitMax.TotalSeconds:0.#} s.", isRefusal: false);
        }
    }

    private TimeSpan? AnswerDueAt()
    {
        if (_sent.Oldest is not { } oldest) return null;
        return (oldest.SentAt > _heardAt ? oldest.SentAt : _heardAt) + options.ConfirmWaitMax;
    }

    private TimeSpan? SleepMax()
    {
        var until = new[]
        {
            AnswerDueAt(),
            _sent.Count > 0 ? Now + AnswersTakenEvery : null,
            CanSend ? window.NextTryAt() : null,
            _saving is null && window.ConfirmedUpTo != position.SavedUpTo ? _savedAt + SavePause : null,
        }.Min();
        return until - Now;
    }

    private async Task TakeLastAnswersAsync()
    {
        using var patience = new CancellationTokenSource(LastAnswersMax, clock);
        try
        {
            while (_sent.Count > 0 && connection.BlockedReason is null)
            {
                connection.EnsureOpen();
                TakeAnswers();
                if (_sent.Count > 0) await wakeup.WaitAsync(timeMax: null, patience.Token);
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
        static (_, wakeup) => ((Wakeup)wakeup!).Set(), wakeup, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
