using LeadScoring.Host.Leads;
using LeadScoring.Host.Scoring.Models;

namespace LeadScoring.Host.Scoring.Shadow;

/// <summary>Versions scored live beside the active one.</summary>
public static class ShadowEndpoints
{
    /// <summary>Needs the event store, the models, the writer, the data source, leadership and the clock beside these.</summary>
    public static IServiceCollection AddShadow(this IServiceCollection services) => services
        .AddSingleton<ShadowRows>()
        .AddSingleton<ShadowFold>()
        .AddSingleton<ShadowProjector>()
        .AddSingleton<ShadowCounts>()
        .AddSingleton(s => new ShadowScores(s.GetRequiredService<TenantModels>(), s.GetRequiredService<LeadStreams>(), s.GetRequiredService<ShadowRows>()))
        .AddHostedService<ShadowProjection>();
}
