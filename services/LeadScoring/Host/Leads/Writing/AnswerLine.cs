using System.Collections.Concurrent;

namespace LeadScoring.Host.Leads.Writing;

/// <summary>
/// Lets answered requests go on, a few threads for all that one commit answered: a thread woken for each of them would
/// cost more than most have left to do.
/// </summary>
internal sealed class AnswerLine : IThreadPoolWorkItem
{
    private const int ThreadsMax = 2;

    /// <summary>Waiting requests that are worth one more thread.</summary>
    private const int RequestsPerThread = 16;

    private readonly ConcurrentQueue<WaitingRequest> _line = new();
    private int _threads;

    public void Add(WaitingRequest request)
    {
        _line.Enqueue(request);
        var threads = Volatile.Read(ref _threads);
        if (threads == 0 || (threads < ThreadsMax && _line.Count > RequestsPerThread)) AddThread(threads);
    }

    void IThreadPoolWorkItem.Execute()
    {
        while (_line.TryDequeue(out var request)) request.GoOn();

        // What was added after the last look, and saw this thread still counted, must not be left behind.
        Interlocked.Decrement(ref _threads);
        if (!_line.IsEmpty && Volatile.Read(ref _threads) == 0) AddThread(threads: 0);
    }

    private void AddThread(int threads)
    {
        if (Interlocked.CompareExchange(ref _threads, threads + 1, threads) == threads)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }
}
