using LeadScoring.EventStore;

namespace LeadScoring.Host.Feed;

/// <summary>Puts what is published into the feed, in the order of the log, for as long as it runs.</summary>
public sealed class FeedProjector(
    IEventStore store,
    FeedRendering rendering,
    FeedAppend feed,
    FeedWatch watch,
    Signal signal,
    FeedMetrics metrics,
    FeedOptions options,
    TimeProvider clock,
    ILogger<FeedProjector> logger)
{
    /// <summary>Events published by one transaction.</summary>
    public const int PageEventsMax = 500;

    /// <summary>Numbers of the log that nothing was published from, before that is written down: what a successor looks at again.</summary>
    public const long UnwrittenNumbersMax = 50_000;

    /// <summary>Tenants whose last positions are remembered.</summary>
    private const int HeadsMax = 10_000;

    /// <summary>Between two looks: how much later another instance's events are seen. What this one stores wakes it.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(25);

    /// <summary>Between two pages at the log's end, each of which the writers let by: what comes meanwhile is taken together.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(5);

    /// <summary>How long it is remembered that nobody reads what this instance cannot: the next such event waits for nobody.</summary>
    public static readonly TimeSpan UnreadableKnownFor = TimeSpan.FromMinutes(10);

    /// <summary>Between two looks at numbers that were drawn and hold no event (yet).</summary>
    public static readonly TimeSpan UnsettledLookEvery = TimeSpan.FromMilliseconds(500);

    private long? _unreadableSince;

    /// <summary>Returns only by an exception.</summary>
    /// <exception cref="EventStore.Checkpoints.FencedException">Another instance publishes.</exception>
    /// <exception cref="UnreadablePublicationException">Another instance may know better how to read an event.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            var run = new Run(await feed.PositionAsync(ct));
            if (await feed.CountSetAsideAsync(ct) is > 0 and var count)
            {
                logger.LogError("{Count} events are not in the feed because they cannot be read: see the table feed_set_aside", count);
            }

            while (true)
            {
                await LookAsync(run, ct);
                await Task.Delay(Rest, clock, ct);
                await signal.WaitAsync(LookEvery - Rest, ct);
            }
        }
        finally
        {
            metrics.NoteStopped();
        }
    }

    private async Task LookAsync(Run run, CancellationToken ct)
    {
        var drawn = await store.LastNumberAsync(ct);
        if (drawn > run.After && !run.HasSeenUnsettled(drawn, clock))
        {
            LogPage page;
            do
            {
                metrics.Note(Math.Max(0, drawn - run.After));
                page = await store.ReadLogAsync(run.After, PageEventsMax, PublishedTypes.Aliases, ct);
                await TakeAsync(run, page, ct);
            }
            while (!page.AtEnd);
            if (run.After < drawn) run.NoteUnsettled(drawn, clock);
        }

        // Numbers that nobody stored anything under, or not yet, are nothing to be late with; the gap's own watch sees to them.
        metrics.Note(0);
    }

    private async Task TakeAsync(Run run, LogPage page, CancellationToken ct)
    {
        if (page.Events.Count == 0)
        {
            run.After = page.NextAfter;
            if (run.After - run.Written < UnwrittenNumbersMax) return;
            await feed.StoreAsync([], [], run.Written, run.After, ct);
            run.Written = run.After;
            return;
        }

        var published = await rendering.RenderAsync(page.Events, ct);
        if (published.FirstOrDefault(e => e.Data is null) is { } unreadable) LeaveToOthers(unreadable);
        await FindHeadsAsync(run, published, ct);
        var placed = new List<PlacedEvent>(published.Count);
        var heads = new Dictionary<string, FeedHead>(StringComparer.Ordinal);
        foreach (var e in published) placed.Add(Place(e, run, heads));
        await feed.StoreAsync(placed, [.. heads.Values], run.Written, page.NextAfter, ct);
        (run.Written, run.After) = (page.NextAfter, page.NextAfter);
        foreach (var head in heads.Values)
        {
            run.Heads[head.TenantId] = head.Position;
            watch.Note(head.TenantId, head.Position, head.LogSequence);
        }

        Report(placed);
    }

    /// <summary>
    /// While a newer version of the service takes the place of an older one, the older one may lead and not know what the newer
    /// one stores. Ending lets the other lead. Only what nobody has read for a while is set aside.
    /// </summary>
    private void LeaveToOthers(PublishedEvent unreadable)
    {
        if (_unreadableSince is { } since && clock.GetElapsedTime(since) < UnreadableKnownFor)
        {
            if (clock.GetElapsedTime(since) >= options.UnreadableWaitMax) return;
        }
        else
        {
            _unreadableSince = clock.GetTimestamp();
        }

        if (options.UnreadableWaitMax > TimeSpan.Zero) throw new UnreadablePublicationException(unreadable);
    }

    private static PlacedEvent Place(PublishedEvent published, Run run, Dictionary<string, FeedHead> heads)
    {
        if (published.Data is null) return new(published, Position: 0, Body: null);
        var before = heads.TryGetValue(published.TenantId, out var head) ? head.Position : run.Heads.GetValueOrDefault(published.TenantId);
        var position = before + 1;
        heads[published.TenantId] = new(published.TenantId, position, published.Recorded.Sequence);
        return new(published, position, CloudEvents.Write(published, published.Data, position));
    }

    /// <summary>
    /// Read before the transaction, and true in it all the same: had anybody published since this run read the position in the
    /// log, that would have moved, and the transaction would fail.
    /// </summary>
    private async Task FindHeadsAsync(Run run, IReadOnlyList<PublishedEvent> published, CancellationToken ct)
    {
        if (run.Heads.Count > HeadsMax) run.Heads.Clear();
        var unknown = published.Select(e => e.TenantId).Where(t => !run.Heads.ContainsKey(t)).Distinct(StringComparer.Ordinal).ToList();
        if (unknown.Count == 0) return;
        var found = await feed.HeadsAsync(unknown, ct);
        foreach (var tenant in unknown) run.Heads[tenant] = found.GetValueOrDefault(tenant);
    }

    private void Report(IReadOnlyList<PlacedEvent> placed)
    {
        var now = clock.GetUtcNow();
        foreach (var (published, _, body) in placed)
        {
            if (body is null)
            {
                metrics.SetAside.Add(1);
                logger.LogError(
                    "Event {EventId} (sequence {Sequence}, type {Type}) is not in the feed: {Reason}",
                    published.Recorded.Id, published.Recorded.Sequence, published.Recorded.Type, published.Fault);
                continue;
            }

            metrics.Published.Add(1, new KeyValuePair<string, object?>("type", published.Type));
            metrics.Delay.Record(Math.Max(0, (now - published.Recorded.At).TotalSeconds));
        }
    }

    /// <summary>What one leadership knows.</summary>
    private sealed class Run(long position)
    {
        private long _unsettled;
        private long _unsettledSince;

        /// <summary>The position in the log as it is stored.</summary>
        public long Written { get; set; } = position;

        /// <summary>Where to read on: nothing between the two is to be published.</summary>
        public long After { get; set; } = position;

        /// <summary>Last positions by tenant, as of <see cref="Written"/>.</summary>
        public Dictionary<string, long> Heads { get; } = new(StringComparer.Ordinal);

        /// <summary>The log was read when this number was drawn already, and ended before it, a moment ago.</summary>
        public bool HasSeenUnsettled(long drawn, TimeProvider clock) =>
            drawn == _unsettled && clock.GetElapsedTime(_unsettledSince) < UnsettledLookEvery;

        public void NoteUnsettled(long drawn, TimeProvider clock) => (_unsettled, _unsettledSince) = (drawn, clock.GetTimestamp());
    }
}

/// <summary>An event that is to be published cannot be read here. The message names it, never its content.</summary>
public sealed class UnreadablePublicationException : Exception
{
    internal UnreadablePublicationException(PublishedEvent unreadable)
        : base($"Event {unreadable.Recorded.Id} (sequence {unreadable.Recorded.Sequence}) waits for an instance that can read it. {unreadable.Fault}")
    {
    }
}
