using LeadScoring.EventStore.Reading;
using LeadScoring.Host.Backtests;
using Npgsql;

namespace LeadScoring.Host.Jobs;

/// <summary>Long work in the background.</summary>
public static class JobComposition
{
    /// <summary>Needs the data source, the writer, the models and the clock beside these. A <see cref="JobKind"/> registered already counts.</summary>
    public static IServiceCollection AddJobs(this IServiceCollection services) => services
        .AddSingleton<JobStore>()
        .AddSingleton<JobExecution>()
        .AddSingleton<JobKinds>()
        .AddSingleton<JobStream>()
        .AddSingleton(s => new LogScan(s.GetRequiredService<NpgsqlDataSource>()))
        .AddSingleton<BacktestRun>()
        .AddSingleton<BacktestJob>()
        .AddSingleton<BacktestOrders>()
        .AddSingleton(s => new JobKind(BacktestJob.Kind, s.GetRequiredService<BacktestJob>().RunAsync))
        .AddSingleton<SuggestionJob>()
        .AddSingleton<SuggestionOrders>()
        .AddSingleton(s => new JobKind(SuggestionJob.Kind, s.GetRequiredService<SuggestionJob>().RunAsync))
        .AddHostedService<JobRunner>()
        .AddHostedService<OpenJobs>();

    public static void MapJobs(this IEndpointRouteBuilder routes)
    {
        routes.MapPostBacktest();
        routes.MapGetBacktests();
        routes.MapGetBacktest();
        routes.MapGetBacktestEvents();
        routes.MapGetBacktestComparison();
        routes.MapPostBacktestCancel();
        routes.MapGetActivationPreview();
        routes.MapPostSuggestion();
        routes.MapGetSuggestions();
        routes.MapGetSuggestion();
        routes.MapGetSuggestionEvents();
        routes.MapPostSuggestionCancel();
    }
}
