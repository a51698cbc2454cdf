namespace LeadScoring.Host.Broker;

/// <summary>Lets one loop sleep until something happened or a time has come. Signals while it is awake are not lost, and count once.</summary>
internal sealed class Wakeup : IDisposable
{
    private readonly SemaphoreSlim _signal = new(0);
    private readonly ITimer _timer;
    private int _isSet;

    public Wakeup(TimeProvider clock) =>
        _timer = clock.CreateTimer(static me => ((Wakeup)me!).Set(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>From any thread.</summary>
    public void Set()
    {
        if (Interlocked.Exchange(ref _isSet, 1) == 0) _signal.Release();
    }

    /// <param name="timeMax">Null: only a signal ends it.</param>
    public async Task WaitAsync(TimeSpan? timeMax, CancellationToken ct)
    {
        _timer.Change(timeMax is { } time ? (time > TimeSpan.Zero ? time : TimeSpan.Zero) : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        await _signal.WaitAsync(ct);
        Volatile.Write(ref _isSet, 0);
    }

    /// <summary>The semaphore, which holds nothing, is left alone: a callback of the timer may still be running.</summary>
    public void Dispose() => _timer.Dispose();
}
