using LeadScoring.Host.Storage;

namespace LeadScoring.Host.Scoring.Shadow;

/// <summary>Scores in shadow on one instance at a time; when it ends, another goes on where it was.</summary>
internal sealed class ShadowProjection(ShadowProjector projector, Leadership leadership) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => leadership.RunAsync(LeaderOf.Shadow, projector.RunAsync, stoppingToken);
}
