using LeadScoring.Host.Feed;
using LeadScoring.Host.Storage;
using LeadScoring.Host.Subscriptions;

namespace LeadScoring.Host.Webhooks;

/// <summary>Delivers to all webhooks while this instance is the one that does; another takes over when it ends.</summary>
public sealed class WebhookDispatch(IServiceProvider services, Leadership leadership, TimeProvider clock, ILogger<WebhookDispatch> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => leadership.RunAsync(LeaderOf.Webhooks, LeadAsync, stoppingToken);

    private async Task LeadAsync(CancellationToken ct)
    {
        var (store, telemetry) = (services.GetRequiredService<DeliveryStore>(), services.GetRequiredService<WebhookTelemetry>());
        using var ledger = new DispatchLedger(
            store,
            services.GetRequiredService<WebhookSubscriptions>(),
            services.GetRequiredService<SubscriptionSecrets>(),
            services.GetRequiredService<WebhookOptions>(),
            telemetry,
            clock,
            logger);
        using var run = new DispatchRun(
            services.GetRequiredService<FeedReader>(),
            services.GetRequiredService<FeedWatch>(),
            store,
            ledger,
            services.GetRequiredService<WebhookSender>(),
            telemetry,
            clock,
            logger);
        await run.RunAsync(ct);
    }
}
