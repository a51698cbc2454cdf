namespace LeadScoring.Host.Scoring.Shadow;

/// <summary>Versions scored live beside the active one.</summary>
public static class ShadowEndpoints
{
    /// <summary>Needs Marten, which runs <see cref="ShadowSubscription"/>, the models and the leads' streams beside these.</summary>
    public static IServiceCollection AddShadow(this IServiceCollection services) => services
        .AddSingleton<ShadowSubscription>()
        .AddSingleton<ShadowCounts>()
        .AddSingleton<ShadowScores>();
}
