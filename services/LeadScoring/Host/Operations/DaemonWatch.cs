using JasperFx;
using JasperFx.Events.Daemon;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Storage;
using Marten;

namespace LeadScoring.Host.Operations;

/// <summary>
/// Sees to what Marten's daemon leaves to its operator: subscriptions that it stops for good, and events that no instance can read.
/// </summary>
/// <remarks>
/// While a newer version of the service takes the place of an older one, the older one may run a subscription and not know what the
/// newer one stores: then it lets others run it. What nobody has read for <see cref="FeedOptions.UnreadableWaitMax"/> becomes a dead
/// letter, and everything else goes on.
/// </remarks>
internal sealed class DaemonWatch(
    IProjectionCoordinator coordinator, IDocumentStore store, FeedOptions options, FeedMetrics metrics, TimeProvider clock, ILogger<DaemonWatch> logger)
    : BackgroundService
{
    public static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>How long this instance runs no subscription, for another to take them: longer than <see cref="MartenSetup.LeadershipPolling"/>.</summary>
    public static readonly TimeSpan LeavingFor = TimeSpan.FromSeconds(3);

    /// <summary>How long it is remembered that nobody reads what this instance cannot: the next such event waits for nobody.</summary>
    public static readonly TimeSpan UnreadableKnownFor = TimeSpan.FromMinutes(10);

    private long? _unreadableSince;
    private long? _deadLetters;

    private ErrorHandlingOptions Errors => ((DocumentStore)store).Options.Projections.Errors;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isAway = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (_deadLetters is null) await CountDeadLettersAsync(stoppingToken);
                await LookAsync(stoppingToken);
                isAway = false;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (!StoreFailures.IsUnavailable(e)) logger.LogError(e, "The subscriptions could not be watched");
                else if (!isAway) logger.LogWarning("The subscriptions are not watched while the database is away: {Fault}", e.Message);
                isAway = true;
            }

            await Task.Delay(LookEvery, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        metrics.NoteStopped();
    }

    /// <summary>The connection the daemon listens on is let go of by nobody else.</summary>
    public override void Dispose()
    {
        ((DocumentStore)store).Options.Projections.Wakeup?.Dispose();
        base.Dispose();
    }

    private async Task LookAsync(CancellationToken ct)
    {
        var daemon = coordinator.DaemonForMainDatabase();
        var agents = daemon.CurrentAgents();
        NoteLag(daemon, agents.FirstOrDefault(a => a.Name.Name == FeedSubscription.SubscriptionName));

        // Another instance, or a commit of its own whose answer was lost, has moved the progress: it begins again from there.
        foreach (var stopped in agents.Where(a => a.Status == AgentStatus.Stopped)) daemon.EjectPausedShard(stopped.Name.Identity);

        if (agents.Any(IsUnreadable)) await LeaveToOthersAsync(ct);
        else if (_unreadableSince is { } since && clock.GetElapsedTime(since) > UnreadableKnownFor) (_unreadableSince, Errors.SkipSerializationErrors) = (null, false);
        if (Errors.SkipSerializationErrors) await CountDeadLettersAsync(ct);
    }

    private void NoteLag(IProjectionDaemon daemon, ISubscriptionAgent? feed)
    {
        if (feed is { Status: AgentStatus.Running }) metrics.Note(Math.Max(0, daemon.Tracker.HighWaterMark - feed.Position));
        else metrics.NoteStopped();
    }

    private static bool IsUnreadable(ISubscriptionAgent agent) => agent is
    {
        Status: AgentStatus.Paused,
        Failure.Category: ShardFailureCategory.EventSerialization or ShardFailureCategory.UnknownEventType or ShardFailureCategory.ApplyEvent,
    };

    private async Task LeaveToOthersAsync(CancellationToken ct)
    {
        var since = _unreadableSince ??= clock.GetTimestamp();
        if (clock.GetElapsedTime(since) >= options.UnreadableWaitMax)
        {
            Errors.SkipSerializationErrors = true;
            return;
        }

        await coordinator.StopAsync(ct);
        await Task.Delay(LeavingFor < options.UnreadableWaitMax ? LeavingFor : options.UnreadableWaitMax, clock, ct);
        await coordinator.StartAsync(ct);
    }

    private async Task CountDeadLettersAsync(CancellationToken ct)
    {
        await using var session = store.QuerySession();
        var known = _deadLetters;
        var count = await session.Query<DeadLetterEvent>().CountAsync(ct);
        _deadLetters = count;
        if (count == (known ?? 0)) return;
        if (known is { } before) metrics.SetAside.Add(count - before);
        var latest = await session.Query<DeadLetterEvent>().OrderByDescending(d => d.EventSequence).FirstAsync(ct);
        logger.LogError(
            "{Count} events are dead letters because they cannot be read, the latest at sequence {Sequence} for {Subscription}: {Fault}",
            count, latest.EventSequence, latest.ProjectionName, latest.ExceptionType);
    }
}
