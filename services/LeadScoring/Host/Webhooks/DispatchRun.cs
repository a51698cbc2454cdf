using System.Collections.Concurrent;
using LeadScoring.Host.Events;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Subscriptions;
using Marten;
using Npgsql;

namespace LeadScoring.Host.Webhooks;

/// <summary>Delivering for as long as this instance leads: follows the feed and the subscriptions, each of which has its own loop.</summary>
internal sealed class DispatchRun(
    IDocumentStore documents,
    NpgsqlDataSource database,
    FeedReader feed,
    FeedWatch watch,
    SubscriptionSecrets secrets,
    WebhookSender sender,
    WebhookOptions options,
    WebhookTelemetry telemetry,
    TimeProvider clock,
    ILogger<WebhookDispatch> logger) : IDisposable
{
    /// <summary>Requests at once to all endpoints; beyond it a subscription has one at most, so that slow ones never starve the others.</summary>
    public const int UnderWayMax = 4_096;

    /// <summary>Deliveries held back in memory, of all subscriptions.</summary>
    public const int HeldMax = 500_000;

    private const int ReadsMax = 4;
    private const int TailPageMax = 500;

    /// <summary>Asked a few times a second, of all tenants: the documents themselves stay where they are.</summary>
    private const string ReadRevisions =
        """
        select s.tenant_id, s.id, s.mt_version::bigint
        from mt_doc_webhook_subscription s
        join registry.mt_doc_tenant t on t.id = s.tenant_id
        where s.enabled and s.deleted_at is null and t.data ->> 'RevokedAt' is null
        """;

    /// <summary>How late a change of a subscription is noticed.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>What is under way at the end may take this long, and storing it again so long, so that it need not be sent again.</summary>
    private static readonly TimeSpan DrainMax = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<StreamKey, SubscriptionDispatch> _dispatches = new();
    private readonly SemaphoreSlim _reads = new(ReadsMax);
    private readonly CancellationTokenSource _abort = new();
    private int _underWay;
    private long _held;

    public IDocumentStore Documents => documents;

    public FeedReader Feed => feed;

    public SubscriptionSecrets Secrets => secrets;

    public WebhookSender Sender => sender;

    public WebhookOptions Options => options;

    public WebhookTelemetry Telemetry => telemetry;

    public TimeProvider Clock => clock;

    public ILogger Logger => logger;

    public FeedTail Tail { get; } = new();

    public DeliveryWriter Writer { get; } = new(documents, clock, logger);

    /// <summary>What is under way then is given up: whether it arrived is not known.</summary>
    public CancellationToken Abort => _abort.Token;

    public bool IsHeldFull => Volatile.Read(ref _held) >= HeldMax;

    /// <summary>Returns, or throws what ended it, after what was under way has been given a moment to end.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var giveUp = new CancellationTokenSource();
        var writing = Writer.RunAsync(giveUp.Token);
        Task[] work = [];
        try
        {
            // Whatever is published from here on comes by the tail; what was before, the subscriptions' positions say.
            var after = await feed.LastLogSequenceAsync(ct);
            work = [FollowFeedAsync(after, ending.Token), FollowSubscriptionsAsync(ending.Token)];
            await await Task.WhenAny([.. work, writing]);
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var dispatch in _dispatches.Values) dispatch.End();
            var over = Task.WhenAll(_dispatches.Values.Select(d => d.Running));
            await over.WaitAsync(DrainMax, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _abort.CancelAsync();
            foreach (var dispatch in _dispatches.Values) dispatch.Raise();
            await over;
            Writer.Complete();
            giveUp.CancelAfter(DrainMax);
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!writing.IsCompletedSuccessfully) logger.LogWarning("The last outcomes of webhooks were not stored, so these events are sent again");
            telemetry.Note(0, 0, 0);
        }
    }

    public void Dispose()
    {
        _abort.Dispose();
        _reads.Dispose();
    }

    /// <param name="ofOne">What one subscription has under way.</param>
    public bool MaySend(int ofOne) => ofOne == 0 || Volatile.Read(ref _underWay) < UnderWayMax;

    public void CountUnderWay(int more) => Interlocked.Add(ref _underWay, more);

    public void CountHeld(int more) => Interlocked.Add(ref _held, more);

    /// <summary>A few read at a time: the connections are everybody's.</summary>
    /// <returns>Ends the turn.</returns>
    public async Task<IDisposable> TakeReadTurnAsync(CancellationToken ct)
    {
        await _reads.WaitAsync(ct);
        return new ReadTurn(_reads);
    }

    public async Task<FeedEntry> FindAsync(string tenantId, long position)
    {
        using var turn = await TakeReadTurnAsync(Abort);
        return (await feed.FindAsync([(tenantId, position)], Abort))[0];
    }

    private async Task FollowFeedAsync(long after, CancellationToken ct)
    {
        while (true)
        {
            await watch.WaitAnyAsync(after, ct);
            var events = await feed.ReadAllAsync(after, TailPageMax, ct);

            // Seen, but not by this read: an instance of the database that lags behind.
            if (events.Count == 0) await Task.Delay(FeedWatch.LookEvery, clock, ct);
            var dispatches = _dispatches.Values.ToLookup(d => d.TenantId, StringComparer.Ordinal);
            foreach (var published in events)
            {
                Tail.Add(published, isWanted: dispatches.Contains(published.TenantId));
                after = published.LogSequence;
            }

            foreach (var tenantId in events.Select(e => e.TenantId).Distinct(StringComparer.Ordinal))
            {
                foreach (var dispatch in dispatches[tenantId]) dispatch.Raise();
            }
        }
    }

    private async Task FollowSubscriptionsAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(LookEvery, clock);
        do
        {
            var revisions = new Dictionary<StreamKey, long>();
            await using (var command = database.CreateCommand(ReadRevisions))
            await using (var rows = await command.ExecuteReaderAsync(ct))
            {
                while (await rows.ReadAsync(ct)) revisions.Add(new(rows.GetString(0), rows.GetGuid(1)), rows.GetInt64(2));
            }

            foreach (var (key, dispatch) in _dispatches)
            {
                if (!revisions.TryGetValue(key, out var revision)) dispatch.End();
                else if (!dispatch.Running.IsCompleted) dispatch.Change(revision);

                // Another begins only when the former has ended: they would send the same.
                if (dispatch.Running.IsCompleted && !(dispatch.NeedsChange && dispatch.Revision == revision)) _dispatches.TryRemove(key, out _);
            }

            foreach (var (key, revision) in revisions)
            {
                if (_dispatches.ContainsKey(key)) continue;
                var dispatch = _dispatches[key] = new(this, key, revision);
                dispatch.Start();
            }

            var failing = _dispatches.Values.Count(d => d.IsFailing);
            telemetry.Note(Volatile.Read(ref _held), _dispatches.Count - failing, failing);
        }
        while (await timer.WaitForNextTickAsync(ct));
    }

    private sealed class ReadTurn(SemaphoreSlim reads) : IDisposable
    {
        public void Dispose() => reads.Release();
    }
}
