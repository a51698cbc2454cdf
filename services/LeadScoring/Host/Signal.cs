namespace LeadScoring.Host;

/// <summary>Wakes one who waits. Raised any number of times before that, it wakes once.</summary>
public sealed class Signal : IDisposable
{
    private readonly SemaphoreSlim _raised = new(0, 1);

    /// <summary>From any thread.</summary>
    public void Raise()
    {
        if (_raised.CurrentCount > 0) return;
        try
        {
            _raised.Release();
        }
        catch (SemaphoreFullException)
        {
            // Raised by somebody else at the same moment.
        }
    }

    /// <summary>Returns when it is raised, or was since the last call.</summary>
    public Task WaitAsync(CancellationToken ct) => _raised.WaitAsync(ct);

    /// <summary>The same, or when it has waited long enough.</summary>
    /// <returns>Whether it was raised.</returns>
    public Task<bool> WaitAsync(TimeSpan atMost, CancellationToken ct) => _raised.WaitAsync(atMost, ct);

    public void Dispose() => _raised.Dispose();
}
