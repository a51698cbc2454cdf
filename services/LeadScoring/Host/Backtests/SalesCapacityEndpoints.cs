using LeadScoring.Contracts;
using LeadScoring.Host.Http;
using LeadScoring.Host.Settings;

namespace LeadScoring.Host.Backtests;

/// <summary><c>/v1/sales-capacity</c>: how many leads sales says it can take.</summary>
public static class SalesCapacityEndpoints
{
    private const string Path = "/v1/sales-capacity";

    public static void MapSalesCapacity(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGetSetting(Path, SalesCapacityRules.SettingName, WireJson.Default.SalesCapacity, SalesCapacityRules.NotSaid, Scopes.LeadsRead)
            .WithName("GetSalesCapacity")
            .WithTags("Settings")
            .WithSummary("How many leads sales can take")
            .WithDescription("Until one is put, an empty object, and the ETag is \"0\".");
        routes
            .MapPutSetting(Path, SalesCapacityRules.SettingName, WireJson.Default.SalesCapacity, SalesCapacityRules.Check, Scopes.SalesWrite)
            .WithName("PutSalesCapacity")
            .WithTags("Settings")
            .WithSummary("Say how many leads sales can take")
            .WithDescription(
                "A backtest that is asked for without a capacity of its own measures the expected workload against this one and finds the "
                + "threshold for it; those asked for before keep theirs. null, or an empty object, takes it back. If-Match takes the ETag "
                + "that was read; \"0\" is that of none.");
    }
}
