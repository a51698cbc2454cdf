using LeadScoring.Host.Jobs;

namespace LeadScoring.Host.Scoring.Suggestions;

/// <summary>Points suggested by outcomes.</summary>
public static class SuggestionComposition
{
    /// <summary>Needs the data source, the models, the jobs and the clock beside these.</summary>
    public static IServiceCollection AddSuggestions(this IServiceCollection services) => services
        .AddSingleton<SuggestionRun>()
        .AddSingleton<SuggestionJob>()
        .AddSingleton<SuggestionOrders>()
        .AddSingleton(s => new JobKind(SuggestionJob.Kind, s.GetRequiredService<SuggestionJob>().RunAsync));

    public static void MapSuggestions(this IEndpointRouteBuilder routes)
    {
        routes.MapPostSuggestion();
        routes.MapGetSuggestions();
        routes.MapGetSuggestion();
        routes.MapGetSuggestionEvents();
        routes.MapPostSuggestionCancel();
    }
}
