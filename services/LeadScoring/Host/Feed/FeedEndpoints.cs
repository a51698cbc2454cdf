namespace LeadScoring.Host.Feed;

/// <summary>What was decided, as others get it: the feed, and what is pushed from it.</summary>
public static class FeedEndpoints
{
    /// <summary>Needs the event store, the event types, the scoring model, the data source and the clock beside these.</summary>
    /// <exception cref="StartupRefusal">A setting is not what it must be.</exception>
    public static IServiceCollection AddFeed(this IServiceCollection services, IConfiguration configuration)
    {
        var options = FeedOptions.From(configuration);
        return services
            .AddSingleton(options)
            .AddSingleton<Storage.Leadership>()
            .AddSingleton<FeedReader>()
            .AddSingleton<FeedWatch>()
            .AddSingleton<FeedSeats>()
            .AddSingleton<FeedWaiting>()
            .AddSingleton<FeedStream>()
            .AddSingleton<FeedMetrics>()
            .AddSingleton<FeedRendering>()
            .AddSingleton<FeedAppend>()
            .AddSingleton<FeedProjector>()
            .AddHostedService(s => s.GetRequiredService<FeedWatch>())
            .AddHostedService<FeedProjection>();
    }

    public static void MapFeed(this IEndpointRouteBuilder routes) => routes.MapGetFeed();
}
