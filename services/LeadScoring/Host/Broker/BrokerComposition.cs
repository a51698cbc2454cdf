using LeadScoring.Host.Feed;
using LeadScoring.Host.Storage;
using Marten;

namespace LeadScoring.Host.Broker;

/// <summary>The way from the feed to RabbitMQ.</summary>
public static class BrokerComposition
{
    /// <summary>Needs the feed beside it.</summary>
    /// <exception cref="StartupRefusal">A setting is not what it must be.</exception>
    public static IServiceCollection AddBroker(this IServiceCollection services, IConfiguration configuration)
    {
        var options = BrokerSettings.Read(configuration);
        return services
            .AddSingleton<BrokerMetrics>()
            .AddSingleton(s => new BrokerStatusReader(s.GetRequiredService<IDocumentStore>(), options))
            .AddHostedService(s => new BrokerRelay(
                options,
                s.GetRequiredService<IDocumentStore>(),
                s.GetRequiredService<Leadership>(),
                s.GetRequiredService<FeedReader>(),
                s.GetRequiredService<FeedWatch>(),
                s.GetRequiredService<BrokerMetrics>(),
                s.GetRequiredService<TimeProvider>(),
                s.GetRequiredService<ILogger<BrokerRelay>>()));
    }
}
