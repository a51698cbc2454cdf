using LeadScoring.Host.Feed;
using LeadScoring.Host.Storage;
using LeadScoring.Host.Webhooks;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace LeadScoring.Host.Subscriptions;

/// <summary>Webhooks: their management and their delivery.</summary>
public static class SubscriptionEndpoints
{
    /// <summary>Needs the feed, the event store, the data source and the clock beside these. Names are looked up by the system's resolver unless another is registered.</summary>
    /// <exception cref="StartupRefusal">A setting is not what it must be.</exception>
    public static IServiceCollection AddWebhooks(this IServiceCollection services, IConfiguration configuration, bool isDevelopment)
    {
        services.AddSingleton<NameLookups>();
        services.TryAddSingleton<ResolveAddresses>(s => s.GetRequiredService<NameLookups>().ResolveAsync);
        return services
            .AddSingleton(WebhookOptions.From(configuration, isDevelopment))
            .AddSingleton<SubscriptionSecrets>()
            .AddSingleton<WebhookSubscriptions>()
            .AddSingleton<DeliveryHistory>()
            .AddSingleton<WebhookConnections>()
            .AddSingleton<WebhookSender>()
            .AddSingleton<WebhookTelemetry>()
            .AddSingleton<DeliveryStore>()
            .AddHostedService<WebhookDispatch>()
            .AddHostedService<WebhookUpkeep>();
    }

    public static void MapSubscriptions(this IEndpointRouteBuilder routes)
    {
        routes.MapPostSubscription();
        routes.MapGetSubscriptions();
        routes.MapGetSubscription();
        routes.MapPatchSubscription();
        routes.MapDeleteSubscription();
        routes.MapPostSecretRotation();
        routes.MapPostTestEvent();
        routes.MapGetDeliveries();
        routes.MapPostResend();
    }
}
