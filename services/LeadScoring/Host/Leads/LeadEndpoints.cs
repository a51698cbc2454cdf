using LeadScoring.Host.Leads.Listing;
using LeadScoring.Host.Leads.Refreshing;
using LeadScoring.Host.Leads.Timeline;
using LeadScoring.Host.Qualification;
using LeadScoring.Host.Scoring;

namespace LeadScoring.Host.Leads;

/// <summary>Everything over HTTP that reads a lead or has one decide.</summary>
public static class LeadEndpoints
{
    /// <summary>Needs the event store, the scoring model, the writer, the cache, the data source and the clock beside these.</summary>
    public static IServiceCollection AddLeadReading(this IServiceCollection services) => services
        .AddSingleton<LeadStreams>()
        .AddSingleton<TimeTravel>()
        .AddSingleton<LeadReads>()
        .AddSingleton<LeadReader>()
        .AddSingleton<LeadList>()
        .AddSingleton<LeadTimelines>()
        .AddSingleton<ScoreRefresh>()
        .AddHostedService<ScoreRefresher>();

    public static void MapLeads(this IEndpointRouteBuilder routes)
    {
        routes.MapGetLeads();
        routes.MapGetLead();
        routes.MapGetLeadScore();
        routes.MapGetScoreHistory();
        routes.MapGetLeadTimeline();
        routes.MapLookUpLead();
        routes.MapPatchAttributes();
        routes.MapMarketingCommands();
        routes.MapSalesCommands();
        routes.MapGetScoringModel();
    }
}
