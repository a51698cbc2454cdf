using LeadScoring.Contracts;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Access;

public static class RevokeApiKey
{
    private static readonly Refusal KeyNotFound = new(404, "api_key_not_found", "The tenant has no such API key.");

    private static readonly Refusal LastAdminKey = new(
        409, "last_admin_key", "This is the operator tenant's last admin key: make another one first.");

    public static void MapRevokeApiKey(this IEndpointRouteBuilder routes) => routes
        .MapDelete("/v1/tenants/{tenantId}/api-keys/{keyId}", HandleAsync)
        .RequireScope(Scopes.Admin)
        .WithName("RevokeApiKey")
        .WithTags("Access")
        .WithSummary("Revoke an API key")
        .WithDescription("It stops working here at once, on other instances within ten seconds. Repeating it changes nothing.")
        .Produces(StatusCodes.Status204NoContent)
        .ProducesRefusal(404)
        .ProducesRefusal(409);

    private static async Task<IResult> HandleAsync(HttpContext http, string tenantId, string keyId, ApiKeys keys, KeyRing ring)
    {
        if (!http.Caller().MayManage(tenantId)) return AccessRules.TenantNotFound.ToResult();
        if (!ApiKeyText.IsId(keyId)) return KeyNotFound.ToResult();

        var outcome = await keys.RevokeAsync(tenantId, keyId, http.RequestAborted);
        ring.Forget(keyId);
        return outcome switch
        {
            KeyOutcome.Done => Results.NoContent(),
            KeyOutcome.LastAdminKey => LastAdminKey.ToResult(),
            KeyOutcome.KeyNotFound => KeyNotFound.ToResult(),
            _ => AccessRules.TenantNotFound.ToResult(),
        };
    }
}
