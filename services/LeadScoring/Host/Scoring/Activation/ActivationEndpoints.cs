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
        .AddHostedService<Rescorer>();

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
