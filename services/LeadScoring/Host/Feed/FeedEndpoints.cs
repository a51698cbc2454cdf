namespace LeadScoring.Host.Feed;

/// <summary>What was decided, as others get it: the feed, and what is pushed from it.</summary>
public static class FeedEndpoints
{
    /// <summary>Needs the data source and the clock beside these.</summary>
    public static IServiceCollection AddFeed(this IServiceCollection services) => services
        .AddSingleton<Storage.Leadership>()
        .AddSingleton<FeedReader>()
        .AddSingleton<FeedWatch>()
        .AddHostedService(s => s.GetRequiredService<FeedWatch>());
}
