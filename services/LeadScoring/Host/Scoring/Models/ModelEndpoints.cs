using LeadScoring.Host.Scoring.Shadow;

namespace LeadScoring.Host.Scoring.Models;

/// <summary>Everything over HTTP about the versions of a tenant's scoring model.</summary>
public static class ModelEndpoints
{
    /// <summary>Needs the document store, the data source and the clock beside these.</summary>
    /// <exception cref="StartupRefusal">A setting is not what it must be.</exception>
    public static IServiceCollection AddScoringModels(this IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton(ModelOptions.From(configuration))
        .AddSingleton<ModelStreams>()
        .AddSingleton<TenantModels>()
        .AddHostedService<ModelWatch>()
        .AddSingleton<ModelChanges>();

    public static void MapScoringModels(this IEndpointRouteBuilder routes)
    {
        routes.MapScoringModelReads();
        routes.MapScoringModelWrites();
        routes.MapGetModelShadow();
    }
}
