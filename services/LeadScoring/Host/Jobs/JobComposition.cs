using LeadScoring.EventStore.Reading;
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
        .AddSingleton<Backtests.BacktestRun>()
        .AddSingleton<BacktestJob>()
        .AddSingleton<BacktestOrders>()
        .AddSingleton(s => new JobKind(BacktestJob.Kind, s.GetRequiredService<BacktestJob>().RunAsync))
        .AddHostedService<JobRunner>();

    public static void MapJobs(this IEndpointRouteBuilder routes)
    {
        routes.MapPostBacktest();
        routes.MapGetBacktests();
        routes.MapGetBacktest();
        routes.MapGetBacktestEvents();
        routes.MapGetBacktestComparison();
        routes.MapPostBacktestCancel();
        routes.MapGetActivationPreview();
    }
}
