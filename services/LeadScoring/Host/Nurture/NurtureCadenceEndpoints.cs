using LeadScoring.Contracts;
using LeadScoring.Host.Http;
using LeadScoring.Host.Settings;

namespace LeadScoring.Host.Nurture;

/// <summary><c>/v1/nurture-cadence</c>: how leads that are not ripe are kept in touch with.</summary>
public static class NurtureCadenceEndpoints
{
    private const string Path = "/v1/nurture-cadence";

    public static void MapNurtureCadence(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGetSetting(Path, NurtureCadenceRules.SettingName, WireJson.Default.NurtureCadence, NurtureCadenceRules.Proposal, Scopes.LeadsRead)
            .WithName("GetNurtureCadence")
            .WithTags("Settings")
            .WithSummary("The nurture cadence")
            .WithDescription(
                "Until one is put, a proposal that is not enabled is shown, nobody is nurtured, and the ETag is \"0\": to begin with the "
                + "proposal, put it with enabled true.");
        routes
            .MapPutSetting(Path, NurtureCadenceRules.SettingName, WireJson.Default.NurtureCadence, NurtureCadenceRules.Check, Scopes.MarketingWrite)
            .WithName("PutNurtureCadence")
            .WithTags("Settings")
            .WithSummary("Set the nurture cadence")
            .WithDescription(
                "An inquiry enters with its first engagement of an entry type in a cycle, and when it is recycled; steps already past are "
                + "skipped. It leaves when it advances, is disqualified or unsubscribes. A lead that is in it keeps its next step as it is "
                + "planned; what follows that is planned by the cadence as it is then. If-Match takes the ETag that was read; \"0\" is that "
                + "of the proposal.");
    }
}
