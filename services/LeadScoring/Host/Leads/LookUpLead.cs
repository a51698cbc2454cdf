using LeadScoring.Contracts;
using LeadScoring.Domain.Identities;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using IdentityKind = LeadScoring.Domain.Identities.IdentityKind;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Scoring.Shadow;

namespace LeadScoring.Host.Leads;

/// <summary><c>POST /v1/leads/lookup</c>: the lead that goes by a name. The name stands in the body, never in a URL.</summary>
public static class LookUpLead
{
    private const int IdLengthMax = 128;

    public static void MapLookUpLead(this IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/leads/lookup", HandleAsync)
        .RequireScope(Scopes.LeadsRead)
        .WithName("LookUpLead")
        .WithTags(LeadRequests.OpenApiTag)
        .WithSummary("Find a lead by external id, e-mail or anonymous id")
        .WithDescription("Exactly one of externalId, email and anonymousId. E-mail addresses are compared trimmed and in lower case.")
        .Accepts<LeadLookup>("application/json")
        .Produces<LeadView>()
        .ProducesRefusal(400)
        .ProducesRefusal(404);

    private static async Task HandleAsync(HttpContext http, LeadReader leads, ShadowScores shadows, TenantModels models, TimeProvider clock)
    {
        var body = await JsonBody.ReadAsync(http, WireJson.Default.LeadLookup);
        var validation = new Validation();
        var identity = body.TryGet(out var lookup, out var refusal) ? IdentityOf(lookup, validation) : default;
        if ((refusal ?? validation.ToRefusal()) is { } invalid)
        {
            await Problems.WriteAsync(http, invalid);
            return;
        }

        if (await leads.LookUpAsync(http.Caller().TenantId, identity, http.RequestAborted) is not { } row)
        {
            await Problems.WriteAsync(http, Refusal.LeadNotFound);
            return;
        }

        http.Response.Headers.ETag = VersionTags.Of(row.Lead.Version);
        var now = clock.GetUtcNow();
        await LeadJson.WriteAsync(http, row, models.Of(row), now, await shadows.FindAsync(row, now, http.RequestAborted));
    }

    private static Identity IdentityOf(LeadLookup lookup, Validation validation)
    {
        switch (lookup)
        {
            case { ExternalId: { } id, Email: null, AnonymousId: null }:
                validation.Text("$.externalId", id, IdLengthMax);
                return new(IdentityKind.ExternalId, id);
            case { ExternalId: null, Email: null, AnonymousId: { } id }:
                validation.Text("$.anonymousId", id, IdLengthMax);
                return new(IdentityKind.AnonymousId, id);
            case { ExternalId: null, Email: { } email, AnonymousId: null }:
                if (EmailAddress.TryNormalize(email, out var address)) return new(IdentityKind.Email, address);
                validation.Add("$.email", $"An e-mail address of at most {EmailAddress.LengthMax} characters is expected.");
                return default;
            default:
                validation.Add("$", "Exactly one of externalId, email and anonymousId is expected.");
                return default;
        }
    }
}
