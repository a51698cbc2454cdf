using LeadScoring.Host.Storage;

namespace LeadScoring.Host.Webhooks;

/// <summary>Delivers to all webhooks while this instance is the one that does; another takes over when it ends.</summary>
public sealed class WebhookDispatch(IServiceProvider services, Leadership leadership) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => leadership.RunAsync(
        LeaderOf.Webhooks,
        async ct =>
        {
            using var run = ActivatorUtilities.CreateInstance<DispatchRun>(services);
            await run.RunAsync(ct);
        },
        stoppingToken);
}
