using LeadScoring.Host.Subscriptions;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace LeadScoring.Host.Webhooks;

public static class WebhookComposition
{
    /// <summary>Needs the feed, the event store, the data source and the clock beside these. The system looks names up unless another is registered.</summary>
    /// <exception cref="StartupRefusal">A setting is not what it must be.</exception>
    public static IServiceCollection AddWebhooks(this IServiceCollection services, IConfiguration configuration, bool isDevelopment)
    {
        services.TryAddSingleton<ResolveAddresses>(WebhookConnections.LookUpAsync);
        return services
            .AddSingleton(WebhookOptions.From(configuration, isDevelopment))
            .AddSingleton<SubscriptionSecrets>()
            .AddSingleton<WebhookSender>()
            .AddSingleton<WebhookTelemetry>()
            .AddSingleton<DispatchServices>()
            .AddHostedService<WebhookDispatch>()
            .AddHostedService<WebhookUpkeep>();
    }
}
