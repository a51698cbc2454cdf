using JasperFx.Events;
using JasperFx.Events.Daemon;
using JasperFx.Events.Projections;
using Marten;
using Marten.Services;
using Marten.Subscriptions;

namespace LeadScoring.Host.Feed;

/// <summary>
/// Numbers published events within their tenant, in the order of the log, and writes them with its own progress in one commit: each
/// stands in the feed once, whoever believes to run it and wherever one of them ends.
/// </summary>
public sealed class FeedSubscription : SubscriptionBase
{
    /// <summary>Events published by one transaction.</summary>
    public const int PageEventsMax = 500;

    public const string SubscriptionName = "Feed";

    private readonly FeedRendering _rendering;
    private readonly FeedWatch _watch;
    private readonly FeedMetrics _metrics;
    private readonly TimeProvider _clock;

    public FeedSubscription(FeedRendering rendering, FeedWatch watch, FeedMetrics metrics, TimeProvider clock)
    {
        (_rendering, _watch, _metrics, _clock) = (rendering, watch, metrics, clock);
        Name = SubscriptionName;
        Options.BatchSize = PageEventsMax;
        foreach (var (type, alias) in MartenSetup.EventAliases)
        {
            if (PublishedTypes.Contains(alias)) IncludeType(type);
        }
    }

    public override async Task<IChangeListener> ProcessEventsAsync(
        EventRange page, ISubscriptionController controller, IDocumentOperations operations, CancellationToken cancellationToken)
    {
        if (page.Events.Count == 0) return NullChangeListener.Instance;
        var rendered = await _rendering.RenderAsync(operations, page.Events, cancellationToken);
        var heads = await HeadsAsync(page.Events, operations, cancellationToken);
        var entries = new List<FeedEntry>(rendered.Count);
        foreach (var published in rendered)
        {
            if (published.Fault is { } fault)
            {
                await PassOverAsync(published.Event, fault, controller);
                continue;
            }

            var position = heads.GetValueOrDefault(published.Event.TenantId)?.Position + 1 ?? 1;
            entries.Add(CloudEvents.EntryOf(published, position));
            heads[published.Event.TenantId] = new() { TenantId = published.Event.TenantId, Position = position, LogSequence = published.Event.Sequence };
        }

        foreach (var tenant in entries.GroupBy(e => e.TenantId, StringComparer.Ordinal)) operations.ForTenant(tenant.Key).Insert<FeedEntry>([.. tenant]);
        FeedHead[] moved = [.. entries.Select(e => e.TenantId).Distinct(StringComparer.Ordinal).Select(t => heads[t])];
        operations.Store(moved);
        return new Committed(() => Tell(page.Events, entries, moved));
    }

    /// <summary>
    /// What cannot be told stops the subscription, as what cannot be read does, until it is allowed to go on without it
    /// (<see cref="Operations.DaemonWatch"/>); then it is a dead letter.
    /// </summary>
    private static async Task PassOverAsync(IEvent e, Exception fault, ISubscriptionController controller)
    {
        if (!controller.ErrorOptions.SkipSerializationErrors) throw new ApplyEventException(e, fault);
        await controller.RecordDeadLetterEventAsync(e, fault);
    }

    /// <summary>
    /// Read before the transaction, and true in it all the same: had anybody published since, the progress would have moved, and
    /// the transaction would fail.
    /// </summary>
    private static async Task<Dictionary<string, FeedHead>> HeadsAsync(List<IEvent> events, IDocumentOperations operations, CancellationToken ct)
    {
        var heads = await operations.LoadManyAsync<FeedHead>(ct, [.. events.Select(e => e.TenantId).Distinct(StringComparer.Ordinal)]);
        return heads.ToDictionary(h => h.TenantId, StringComparer.Ordinal);
    }

    private void Tell(List<IEvent> events, List<FeedEntry> entries, FeedHead[] moved)
    {
        foreach (var head in moved) _watch.Note(head.TenantId, head.Position, head.LogSequence);
        foreach (var entry in entries) _metrics.Published.Add(1, new KeyValuePair<string, object?>("type", entry.Type));
        var now = _clock.GetUtcNow();
        foreach (var e in events) _metrics.Delay.Record(Math.Max(0, (now - e.Timestamp).TotalSeconds));
    }

    private sealed class Committed(Action tell) : IChangeListener
    {
        public Task BeforeCommitAsync(IDocumentSession session, IChangeSet commit, CancellationToken token) => Task.CompletedTask;

        public Task AfterCommitAsync(IDocumentSession session, IChangeSet commit, CancellationToken token)
        {
            tell();
            return Task.CompletedTask;
        }
    }
}
