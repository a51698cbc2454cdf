using LeadScoring.EventStore;
using Npgsql;

namespace LeadScoring.Host.Feed;

/// <summary>Wakes the projector of this instance when there is something to publish.</summary>
public sealed class FeedSignal : IDisposable
{
    private readonly SemaphoreSlim _raised = new(0, 1);

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

    /// <summary>Returns at the first signal since the last call, or when it has waited long enough.</summary>
    public Task WaitAsync(TimeSpan atMost, CancellationToken ct) => _raised.WaitAsync(atMost, ct);

    public void Dispose() => _raised.Dispose();
}

/// <summary>The event store, telling the projector of what it stored for publication, so that it need not wait for its next look.</summary>
public sealed class SignallingEventStore(IEventStore store, FeedSignal signal) : IEventStore
{
    public async Task<AppendResult[]> AppendAsync(
        IReadOnlyList<StreamAppend> appends, IReadOnlyList<NpgsqlBatchCommand> companions, CancellationToken ct)
    {
        var results = await store.AppendAsync(appends, companions, ct);
        if (HoldsPublished(appends)) signal.Raise();
        return results;
    }

    public IAsyncEnumerable<RecordedEvent> ReadStreamAsync(StreamKey stream, long afterVersion, CancellationToken ct) =>
        store.ReadStreamAsync(stream, afterVersion, ct);

    public Task<LogPage> ReadLogAsync(long afterSequence, int limit, CancellationToken ct) =>
        store.ReadLogAsync(afterSequence, limit, ct);

    public Task<LogPage> ReadLogAsync(long afterSequence, int limit, IReadOnlyCollection<string> types, CancellationToken ct) =>
        store.ReadLogAsync(afterSequence, limit, types, ct);

    public Task<long> LastNumberAsync(CancellationToken ct) => store.LastNumberAsync(ct);

    private static bool HoldsPublished(IReadOnlyList<StreamAppend> appends)
    {
        for (var i = 0; i < appends.Count; i++)
        {
            var events = appends[i].Events;
            for (var n = 0; n < events.Count; n++)
            {
                if (PublishedTypes.Contains(events[n].Type)) return true;
            }
        }

        return false;
    }
}
