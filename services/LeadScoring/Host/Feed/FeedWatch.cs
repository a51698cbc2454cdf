using System.Collections.Concurrent;
using System.Linq.Expressions;
using LeadScoring.Host.Storage;
using Marten;
using Marten.Linq;

namespace LeadScoring.Host.Feed;

/// <summary>
/// Tells those who wait for the feed that it has grown. It asks the database only while somebody waits; what this instance
/// publishes itself it knows at once.
/// </summary>
public sealed class FeedWatch(Lazy<IDocumentStore> store, TimeProvider clock, ILogger<FeedWatch> logger) : BackgroundService
{
    /// <summary>Between two looks while somebody waits: how much later another instance's events are seen.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(25);

    /// <summary>Between two looks while the database is away.</summary>
    public static readonly TimeSpan AwayPause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, long> _heads = new(StringComparer.Ordinal);
    private readonly Signal _somebodyWaits = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _movedByTenant = new(StringComparer.Ordinal);
    private TaskCompletionSource _moved = NewSignal();
    private int _waiting;
    private long _logSequence;

    /// <summary>Every head that moved up to here is known. What is noted is not: others may have published before it.</summary>
    private long _lookedUpTo;

    /// <summary>Returns when the tenant's feed goes beyond a position.</summary>
    public Task WaitAsync(string tenantId, long after, CancellationToken ct) =>
        WaitUntilAsync(
            () => _heads.TryGetValue(tenantId, out var head) && head > after,
            () => _movedByTenant.GetOrAdd(tenantId, _ => NewSignal()).Task,
            ct);

    /// <summary>Returns when any tenant's feed has an event made from a later log event than this one.</summary>
    public Task WaitAnyAsync(long afterLogSequence, CancellationToken ct) =>
        WaitUntilAsync(() => Volatile.Read(ref _logSequence) > afterLogSequence, () => Volatile.Read(ref _moved).Task, ct);

    /// <summary>The last position known of a tenant's feed; it may be behind the database's by a moment.</summary>
    public long HeadOf(string tenantId) => _heads.GetValueOrDefault(tenantId);

    /// <summary>A tenant's feed was seen to reach a position.</summary>
    public void Note(string tenantId, long position, long logSequence)
    {
        _heads.AddOrUpdate(tenantId, position, (_, known) => Math.Max(known, position));
        var seen = Volatile.Read(ref _logSequence);
        while (seen < logSequence && Interlocked.CompareExchange(ref _logSequence, logSequence, seen) is var now && now != seen) seen = now;
        if (_movedByTenant.TryRemove(tenantId, out var moved)) moved.TrySetResult();
        Interlocked.Exchange(ref _moved, NewSignal()).TrySetResult();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isAway = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (Volatile.Read(ref _waiting) == 0) await _somebodyWaits.WaitAsync(stoppingToken);
                await LookAsync(stoppingToken);
                isAway = false;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (!StoreFailures.IsUnavailable(e)) logger.LogError(e, "The feed could not be watched");
                else if (!isAway) logger.LogWarning("The feed is not watched while the database is away: {Fault}", e.Message);
                isAway = true;
            }

            await Task.Delay(isAway ? AwayPause : LookEvery, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LookAsync(CancellationToken ct)
    {
        await using var session = store.Value.QuerySession();
        foreach (var head in await session.QueryAsync(new HeadsMovedAfter { LogSequence = _lookedUpTo }, ct))
        {
            Note(head.TenantId, head.Position, head.LogSequence);
            _lookedUpTo = head.LogSequence;
        }
    }

    /// <param name="nextSignal">Taken before the question is asked, so that a move in between is not missed.</param>
    private async Task WaitUntilAsync(Func<bool> isSo, Func<Task> nextSignal, CancellationToken ct)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            while (true)
            {
                var moved = nextSignal();
                if (isSo()) return;
                _somebodyWaits.Raise();
                await moved.WaitAsync(ct);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Asked many times a second: its SQL is made once.</summary>
    public sealed class HeadsMovedAfter : ICompiledListQuery<FeedHead>
    {
        public long LogSequence { get; init; }

        public Expression<Func<IMartenQueryable<FeedHead>, IEnumerable<FeedHead>>> QueryIs() =>
            query => query.Where(h => h.LogSequence > LogSequence).OrderBy(h => h.LogSequence);
    }

    public override void Dispose()
    {
        _somebodyWaits.Dispose();
        base.Dispose();
    }
}
