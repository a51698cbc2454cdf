namespace LeadScoring.Host.Feed;

/// <summary>What was decided, as others get it: the feed, and what is pushed from it.</summary>
public static class FeedEndpoints
{
    /// <summary>Needs Marten, which runs <see cref="FeedSubscription"/>, and the clock beside these.</summary>
    /// <exception cref="StartupRefusal">A setting is not what it must be.</exception>
    public static IServiceCollection AddFeed(this IServiceCollection services, IConfiguration configuration)
    {
        var options = FeedOptions.From(configuration);
        return services
            .AddSingleton(options)
            .AddSingleton<Storage.Leadership>()
            .AddSingleton<FeedReader>()
            .AddSingleton(s => new FeedWatch(
                new(s.GetRequiredService<Marten.IDocumentStore>), s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<FeedWatch>>()))
            .AddSingleton<OpenStreams>()
            .AddSingleton<FeedStream>()
            .AddSingleton<FeedMetrics>()
            .AddSingleton<FeedRendering>()
            .AddSingleton<FeedSubscription>()
            .AddHostedService(s => s.GetRequiredService<FeedWatch>());
    }

    public static void MapFeed(this IEndpointRouteBuilder routes) => routes.MapGetFeed();
}
