namespace LeadScoring.Host.Feed;

/// <summary>Reads the feed and, when nothing is there, waits for it to grow.</summary>
public sealed class FeedWaiting(FeedReader feed, FeedWatch watch, IHostApplicationLifetime lifetime, TimeProvider clock)
{
    /// <returns>A page with at least one event; an empty one after <c>Wait</c>, or when the service stops.</returns>
    internal async Task<FeedPage> ReadAsync(string tenantId, FeedQuery query, CancellationToken ct)
    {
        var page = await feed.ReadAsync(tenantId, query.After, query.Limit, query.Types, ct);
        if (page.Events.Count > 0 || query.Wait == TimeSpan.Zero) return page;

        using var patience = new CancellationTokenSource(query.Wait, clock);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, lifetime.ApplicationStopping, ct);
        while (page.Events.Count == 0 && !ending.IsCancellationRequested)
        {
            if (page.NextAfter >= page.Head && !await HasGrownAsync(tenantId, page.NextAfter, ending.Token)) break;
            page = await feed.ReadAsync(tenantId, page.NextAfter, query.Limit, query.Types, ct);
        }

        ct.ThrowIfCancellationRequested();
        return page;
    }

    /// <returns>False: it did not before the token was cancelled.</returns>
    internal async Task<bool> HasGrownAsync(string tenantId, long after, CancellationToken ending)
    {
        var grown = watch.WaitAsync(tenantId, after, ending);
        await grown.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return grown.IsCompletedSuccessfully;
    }
}
