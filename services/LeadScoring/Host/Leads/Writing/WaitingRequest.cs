namespace LeadScoring.Host.Leads.Writing;

/// <summary>A request and how many of its submissions are still open.</summary>
/// <param name="queuedAt">A timestamp of the service's clock.</param>
/// <param name="line">Where it queues to go on.</param>
internal sealed class WaitingRequest(int submissions, long queuedAt, AnswerLine line)
{
    private readonly TaskCompletionSource _answered = new();
    private int _open = submissions;

    public long QueuedAt => queuedAt;

    /// <summary>Ends when all its submissions are over; what then follows runs on the line's thread.</summary>
    public Task Answered => _answered.Task;

    public void OneIsOver()
    {
        if (Interlocked.Decrement(ref _open) == 0) line.Add(this);
    }

    public void GoOn() => _answered.SetResult();
}
