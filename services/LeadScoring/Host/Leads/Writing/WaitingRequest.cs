namespace LeadScoring.Host.Leads.Writing;

/// <summary>A request and how many of its submissions are still open.</summary>
/// <param name="queuedAt">A timestamp of the service's clock.</param>
internal sealed class WaitingRequest(int submissions, long queuedAt)
{
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open = submissions;

    public long QueuedAt => queuedAt;

    /// <summary>Ends when all its submissions are over.</summary>
    public Task Answered => _answered.Task;

    public void OneIsOver()
    {
        if (Interlocked.Decrement(ref _open) == 0) _answered.SetResult();
    }
}
