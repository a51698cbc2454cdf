namespace LeadScoring.IntegrationTests.Faults;

/// <summary>A number that many count up and some wait for.</summary>
internal sealed class Tally
{
    private readonly Lock _lock = new();
    private readonly List<(int Goal, TaskCompletionSource Reached)> _waiting = [];
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public void Increment()
    {
        lock (_lock)
        {
            _count++;
            foreach (var (_, reached) in _waiting.Where(w => w.Goal <= _count)) reached.SetResult();
            _waiting.RemoveAll(w => w.Goal <= _count);
        }
    }

    /// <summary>Done when it is as large as that.</summary>
    public Task ReachedAsync(int goal)
    {
        lock (_lock)
        {
            if (_count >= goal) return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((goal, reached));
            return reached.Task;
        }
    }
}
