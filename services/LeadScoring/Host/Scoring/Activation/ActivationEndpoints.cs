using LeadScoring.Host.Jobs;

namespace LeadScoring.Host.Scoring.Activation;

/// <summary>What follows when a model begins to hold: leads are scored under it, and those that cross only by it wait for marketing.</summary>
public static class ActivationEndpoints
{
    /// <summary>Needs the writer, the models, the document store, the data source, leadership and the clock beside these.</summary>
    public static IServiceCollection AddActivation(this IServiceCollection services) => services
        .AddSingleton<Rescorings>()
        .AddSingleton<LeadRescoring>()
        .AddSingleton<HeldLeads>()
        .AddSingleton<HeldReleases>()
        .AddSingleton<ILongWork>(s => s.GetRequiredService<HeldReleases>())
        .AddSingleton<RescoringWork>()
        .AddSingleton<ILongWork>(s => s.GetRequiredService<RescoringWork>());

    public static void MapActivation(this IEndpointRouteBuilder routes)
    {
        routes.MapGetActivation();
        routes.MapGetNewlyQualified();
        routes.MapPostRelease();
        routes.MapGetReleases();
        routes.MapPostReleaseCancel();
        routes.MapPostDrop();
    }
}
