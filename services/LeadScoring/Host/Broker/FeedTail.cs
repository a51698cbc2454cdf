using LeadScoring.Host.Feed;

namespace LeadScoring.Host.Broker;

/// <summary>Reads the feed ahead of the window, a page at a time, while the window's events are sent.</summary>
internal sealed class FeedTail(FeedReader reader, FeedWatch watch, Wakeup wakeup)
{
    private const int PageMax = 512;

    private Task<IReadOnlyList<FeedEntry>>? _reading;
    private bool _isAtEnd;

    /// <summary>Adds what has been read meanwhile, and begins to read further where there is room. Never waits.</summary>
    /// <exception cref="Npgsql.NpgsqlException">The feed could not be read.</exception>
    public async ValueTask FillAsync(RelayWindow window, CancellationToken ct)
    {
        if (_reading is { IsCompleted: true } read)
        {
            _reading = null;
            var events = await read;
            window.Add(events);
        }

        if (_reading is not null || window.Room < 1) return;
        var limit = Math.Min(PageMax, window.Room);

        // Near its bound the window is not topped up event by event.
        if (limit < PageMax && window.Room < window.Count) return;
        _reading = ReadAsync(window.ReadUpTo, limit, ct);
        _ = _reading.ContinueWith(
            static (_, wakeup) => ((Wakeup)wakeup!).Set(), wakeup, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task<IReadOnlyList<FeedEntry>> ReadAsync(long after, int limit, CancellationToken ct)
    {
        if (_isAtEnd) await watch.WaitAnyAsync(after, ct);
        var events = await reader.ReadAllAsync(after, limit, ct);
        _isAtEnd = events.Count < limit;
        return events;
    }
}
