using System.Linq.Expressions;
using Marten;
using Marten.Linq;

namespace LeadScoring.Host.Feed;

/// <summary>Reads what was published, and waits for more.</summary>
public sealed class FeedReader(IDocumentStore store, FeedWatch watch, IHostApplicationLifetime lifetime, TimeProvider clock)
{
    /// <summary>Positions one page looks at, whatever their type.</summary>
    public const int LookedAtMax = 5_000;

    /// <summary>A page of one tenant's feed ends early when its bodies reach this many bytes.</summary>
    public const int PageBytesMax = 8 << 20;

    /// <summary>What follows a position of one tenant's feed.</summary>
    /// <param name="limit">Most entries, 1 or more.</param>
    /// <param name="types">Only these; null: all.</param>
    /// <param name="bytesMax">The page ends early when its bodies reach this many bytes.</param>
    public async Task<FeedPage> ReadAsync(
        string tenantId, long after, int limit, IReadOnlyCollection<string>? types, CancellationToken ct, int bytesMax = PageBytesMax)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var head = await HeadAsync(tenantId, ct);
        if (head <= after) return new([], after, head);

        var upTo = Math.Min(head, after + LookedAtMax);
        await using var session = store.QuerySession(tenantId);
        var page = types is null
            ? session.QueryAsync(new EntriesBetween { After = after, UpTo = upTo, Limit = limit }, ct)
            : OfTypesAsync(session, after, upTo, limit, [.. types], ct);
        var entries = Within(bytesMax, (await page).ToList());
        var isFull = entries.Count == limit || entries.Sum(e => (long)e.Body.Length) >= bytesMax;
        return new(entries, isFull ? entries[^1].Position : upTo, head);
    }

    /// <summary>The same, waiting for something to be there.</summary>
    /// <returns>
    /// A page with at least one entry; an empty one after <c>Wait</c>, when the service stops, or at once where nothing can follow: beyond the head.
    /// </returns>
    internal async Task<FeedPage> ReadOrWaitAsync(string tenantId, FeedQuery query, CancellationToken ct)
    {
        var page = await ReadAsync(tenantId, query.After, query.Limit, query.Types, ct);
        if (page.Entries.Count > 0 || query.Wait == TimeSpan.Zero || page.Head < query.After) return page;

        using var patience = new CancellationTokenSource(query.Wait, clock);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, lifetime.ApplicationStopping, ct);
        while (page.Entries.Count == 0 && !ending.IsCancellationRequested)
        {
            if (page.NextAfter >= page.Head && !await HasGrownAsync(tenantId, page.NextAfter, ending.Token)) break;
            page = await ReadAsync(tenantId, page.NextAfter, query.Limit, query.Types, ct);
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

    /// <summary>What follows in all tenants' feeds together, in the order of the log.</summary>
    /// <param name="limit">Most entries, 1 or more.</param>
    public async Task<IReadOnlyList<FeedEntry>> ReadAllAsync(long afterLogSequence, int limit, CancellationToken ct)
    {
        await using var session = store.QuerySession();
        return await session.Query<FeedEntry>()
            .Where(e => e.AnyTenant() && e.LogSequence > afterLogSequence)
            .OrderBy(e => e.LogSequence)
            .Take(limit)
            .ToListAsync(ct);
    }

    /// <summary>Entries at known places, in no order; the bounds of how many are the caller's.</summary>
    public async Task<IReadOnlyList<FeedEntry>> FindAsync(IReadOnlyCollection<(string TenantId, long Position)> places, CancellationToken ct)
    {
        var found = new List<FeedEntry>(places.Count);
        foreach (var tenant in places.GroupBy(p => p.TenantId, p => p.Position, StringComparer.Ordinal))
        {
            await using var session = store.QuerySession(tenant.Key);
            found.AddRange(await session.LoadManyAsync<FeedEntry>(ct, [.. tenant]));
        }

        return found;
    }

    /// <returns>The log event that the latest published event of all was made from; 0: none was.</returns>
    public async Task<long> LastLogSequenceAsync(CancellationToken ct)
    {
        await using var session = store.QuerySession();
        return await session.Query<FeedHead>().OrderByDescending(h => h.LogSequence).Select(h => h.LogSequence).FirstOrDefaultAsync(ct);
    }

    /// <returns>The last position of a tenant's feed; 0: nothing was published yet.</returns>
    public async Task<long> HeadAsync(string tenantId, CancellationToken ct)
    {
        await using var session = store.QuerySession();
        return (await session.LoadAsync<FeedHead>(tenantId, ct))?.Position ?? 0;
    }

    private static async Task<IEnumerable<FeedEntry>> OfTypesAsync(
        IQuerySession session, long after, long upTo, int limit, string[] types, CancellationToken ct) =>
        await session.Query<FeedEntry>()
            .Where(e => e.Position > after && e.Position <= upTo && e.Type.IsOneOf(types))
            .OrderBy(e => e.Position)
            .Take(limit)
            .ToListAsync(ct);

    /// <summary>As many as reach so many bytes; one at least.</summary>
    private static List<FeedEntry> Within(int bytesMax, List<FeedEntry> entries)
    {
        var bytes = 0L;
        var taken = entries.FindIndex(e => (bytes += e.Body.Length) >= bytesMax);
        return taken < 0 ? entries : entries[..(taken + 1)];
    }

    /// <summary>The page most consumers read, with its SQL made once.</summary>
    public sealed class EntriesBetween : ICompiledListQuery<FeedEntry>
    {
        public long After { get; init; }

        public long UpTo { get; init; }

        public int Limit { get; init; }

        public Expression<Func<IMartenQueryable<FeedEntry>, IEnumerable<FeedEntry>>> QueryIs() =>
            query => query.Where(e => e.Position > After && e.Position <= UpTo).OrderBy(e => e.Position).Take(Limit);
    }
}
