using System.Collections.Concurrent;
using LeadScoring.Host.Events;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Storage;
using LeadScoring.Host.Subscriptions;
using Marten;
using Microsoft.Extensions.Caching.Memory;
using Npgsql;

namespace LeadScoring.Host.Webhooks;

/// <summary>Delivers to all webhooks while this instance is the one that does; another takes over when it ends.</summary>
internal sealed class WebhookDispatch(DispatchServices services, Leadership leadership) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => leadership.RunAsync(
        LeaderOf.Webhooks,
        async ct =>
        {
            using var run = new DispatchRun(services);
            await run.RunAsync(ct);
        },
        stoppingToken);
}

/// <summary>What delivering stands on.</summary>
internal sealed record DispatchServices(
    IDocumentStore Documents, NpgsqlDataSource Database, FeedReader Feed, FeedWatch Watch, SubscriptionSecrets Secrets, WebhookSender Sender,
    WebhookOptions Options, WebhookTelemetry Telemetry, TimeProvider Clock, ILogger<WebhookDispatch> Logger);

/// <summary>Delivering for as long as this instance leads: follows the feed and the subscriptions, each of which has its own loop.</summary>
internal sealed class DispatchRun(DispatchServices services) : IDisposable
{
    /// <summary>Requests at once to all endpoints; beyond it a subscription has one at most, so that slow ones never starve the others.</summary>
    public const int UnderWayMax = 4_096;

    /// <summary>Deliveries held back in memory, of all subscriptions.</summary>
    public const int HeldMax = 500_000;

    /// <summary>Of events in memory, once for all subscriptions: whoever keeps up reads nothing from the database.</summary>
    private const long EventBytesMax = 64 * 1024 * 1024;

    private const int ReadsMax = 4;
    private const int ReadBytesMax = 1024 * 1024;
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

    private static readonly TimeSpan EventsFor = TimeSpan.FromMinutes(2);

    /// <summary>What is under way at the end may take this long, and storing it again so long, so that it need not be sent again.</summary>
    private static readonly TimeSpan DrainMax = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<StreamKey, SubscriptionDispatch> _dispatches = new();
    private readonly ConcurrentDictionary<string, long> _heads = new(StringComparer.Ordinal);
    private readonly MemoryCache _events = new(new MemoryCacheOptions { SizeLimit = EventBytesMax });
    private readonly SemaphoreSlim _reads = new(ReadsMax);
    private int _underWay;
    private long _held;

    public DispatchServices Services => services;

    public DeliveryWriter Writer { get; } = new(services.Documents, services.Clock, services.Logger);

    /// <summary>What is under way then is given up: whether it arrived is not known.</summary>
    public CancellationToken Abort { get; private set; }

    public bool IsHeldFull => Volatile.Read(ref _held) >= HeldMax;

    /// <summary>Returns, or throws what ended it, after what was under way has been given a moment to end.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var abort = new CancellationTokenSource();
        using var giveUp = new CancellationTokenSource();
        Abort = abort.Token;
        var writing = Writer.RunAsync(giveUp.Token);
        Task[] work = [];
        try
        {
            // What is published from here on is followed; what was before, the subscriptions' positions say.
            var after = await services.Feed.LastLogSequenceAsync(ct);
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
            await abort.CancelAsync();
            foreach (var dispatch in _dispatches.Values) dispatch.Raise();
            await over;
            Writer.Complete();
            giveUp.CancelAfter(DrainMax);
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!writing.IsCompletedSuccessfully) services.Logger.LogWarning("The last outcomes of webhooks were not stored, so these events are sent again");
            services.Telemetry.Note(0, 0, 0);
        }
    }

    public void Dispose()
    {
        _events.Dispose();
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

    /// <summary>An event of a tenant's feed, from memory where it is one of the newest or was read just now.</summary>
    /// <param name="atMost">So many are read together, with those that follow.</param>
    /// <returns>Null: this read does not see it yet.</returns>
    public async Task<FeedEntry?> ReadAsync(string tenantId, long position, int atMost)
    {
        if (_events.TryGetValue((tenantId, position), out FeedEntry? known)) return known;
        using var turn = await TakeReadTurnAsync(Abort);

        // Who was at it before may have read it too.
        if (_events.TryGetValue((tenantId, position), out known)) return known;
        var page = await services.Feed.ReadAsync(tenantId, position - 1, atMost, types: null, Abort, ReadBytesMax);
        foreach (var published in page.Entries) Keep(published);
        return page.Entries is [var first, ..] ? first : null;
    }

    /// <summary>The last position known of a tenant's feed.</summary>
    public long HeadOf(string tenantId) => _heads.GetValueOrDefault(tenantId);

    /// <summary>A feed is known to reach this far.</summary>
    public void NoteHead(string tenantId, long head) => _heads.AddOrUpdate(tenantId, head, (_, known) => Math.Max(known, head));

    private void Keep(FeedEntry published) => _events.Set(
        (published.TenantId, published.Position),
        published,
        new MemoryCacheEntryOptions { Size = published.Body.Length, AbsoluteExpirationRelativeToNow = EventsFor });

    private async Task FollowFeedAsync(long after, CancellationToken ct)
    {
        while (true)
        {
            await services.Watch.WaitAnyAsync(after, ct);
            var events = await services.Feed.ReadAllAsync(after, TailPageMax, ct);

            // Seen, but not by this read: an instance of the database that lags behind.
            if (events.Count == 0) await Task.Delay(FeedWatch.LookEvery, services.Clock, ct);
            var dispatches = _dispatches.Values.ToLookup(d => d.TenantId, StringComparer.Ordinal);
            foreach (var published in events)
            {
                after = published.LogSequence;
                if (dispatches.Contains(published.TenantId)) Keep(published);
                NoteHead(published.TenantId, published.Position);
            }

            var grown = events.Select(e => e.TenantId).Distinct(StringComparer.Ordinal);
            foreach (var dispatch in grown.SelectMany(tenantId => dispatches[tenantId])) dispatch.Raise();
        }
    }

    private async Task FollowSubscriptionsAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(LookEvery, services.Clock);
        do
        {
            var revisions = new Dictionary<StreamKey, long>();
            await using (var command = services.Database.CreateCommand(ReadRevisions))
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
            services.Telemetry.Note(Volatile.Read(ref _held), _dispatches.Count - failing, failing);
        }
        while (await timer.WaitForNextTickAsync(ct));
    }

    private sealed class ReadTurn(SemaphoreSlim reads) : IDisposable
    {
        public void Dispose() => reads.Release();
    }
}
