using LeadScoring.Contracts;
using LeadScoring.Host.Http;
using LeadScoring.Host.Settings;

namespace LeadScoring.Host.Acceptance;

/// <summary><c>/v1/business-hours</c>: the hours in which the acceptance clock runs.</summary>
public static class BusinessHoursEndpoints
{
    private const string Path = "/v1/business-hours";

    public static void MapBusinessHours(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGetSetting(Path, BusinessHoursRules.SettingName, WireJson.Default.BusinessHours, BusinessHoursRules.AroundTheClock, Scopes.LeadsRead)
            .WithName("GetBusinessHours")
            .WithTags("Settings")
            .WithSummary("When sales works")
            .WithDescription("Until some are put, every hour counts, in UTC, and the ETag is \"0\".");
        routes
            .MapPutSetting(Path, BusinessHoursRules.SettingName, WireJson.Default.BusinessHours, BusinessHoursRules.Check, Scopes.SalesWrite)
            .WithName("PutBusinessHours")
            .WithTags("Settings")
            .WithSummary("Set when sales works")
            .WithDescription(
                "The model's SLA is counted in these hours: with 8 hours a day, 24 hours are three working days. Handoffs keep the due "
                + "time they were given; those made later, on any instance within 5 seconds, get theirs by these hours. If-Match takes the "
                + "ETag that was read; \"0\" is that of the default.");
    }
}
