using LeadScoring.EventStore.Reading;
using LeadScoring.Host.Jobs;
using Npgsql;

namespace LeadScoring.Host.Backtests;

/// <summary>Models tried on history.</summary>
public static class BacktestComposition
{
    /// <summary>Needs the data source, the models, the jobs and the clock beside these.</summary>
    public static IServiceCollection AddBacktests(this IServiceCollection services) => services
        .AddSingleton(s => new LogScan(s.GetRequiredService<NpgsqlDataSource>()))
        .AddSingleton<BacktestRun>()
        .AddSingleton<BacktestJob>()
        .AddSingleton<BacktestOrders>()
        .AddSingleton(s => new JobKind(BacktestJob.Kind, s.GetRequiredService<BacktestJob>().RunAsync));

    public static void MapBacktests(this IEndpointRouteBuilder routes)
    {
        routes.MapPostBacktest();
        routes.MapGetBacktests();
        routes.MapGetBacktest();
        routes.MapGetBacktestEvents();
        routes.MapGetBacktestComparison();
        routes.MapPostBacktestCancel();
        routes.MapGetActivationPreview();
        routes.MapSalesCapacity();
    }
}
