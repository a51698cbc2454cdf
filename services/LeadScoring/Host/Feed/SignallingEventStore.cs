using LeadScoring.EventStore;
using Npgsql;

namespace LeadScoring.Host.Feed;

/// <summary>The event store, telling the projector of what it stored for publication, so that it need not wait for its next look.</summary>
/// <param name="published">Wakes the projector of this instance.</param>
public sealed class SignallingEventStore(IEventStore store, Signal published) : IEventStore
{
    public async Task<AppendResult[]> AppendAsync(
        IReadOnlyList<StreamAppend> appends, IReadOnlyList<NpgsqlBatchCommand> companions, CancellationToken ct)
    {
        var results = await store.AppendAsync(appends, companions, ct);
        if (HoldsPublished(appends)) published.Raise();
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
