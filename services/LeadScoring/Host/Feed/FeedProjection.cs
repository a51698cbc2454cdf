using LeadScoring.Host.Storage;

namespace LeadScoring.Host.Feed;

/// <summary>Publishes on one instance at a time; when it ends, another goes on where it was.</summary>
public sealed class FeedProjection(FeedProjector projector, Leadership leadership) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        leadership.RunAsync(LeaderOf.FeedProjection, projector.RunAsync, stoppingToken);
}
