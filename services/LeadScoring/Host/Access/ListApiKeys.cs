using LeadScoring.Contracts;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Access;

public static class ListApiKeys
{
    public static void MapListApiKeys(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/tenants/{tenantId}/api-keys", HandleAsync)
        .RequireScope(Scopes.Admin)
        .WithName("ListApiKeys")
        .WithTags("Access")
        .WithSummary("List a tenant's API keys")
        .WithDescription("Live keys first, then the latest revoked ones. Never the keys themselves.")
        .Produces<ApiKeyList>()
        .ProducesRefusal(404);

    private static async Task<IResult> HandleAsync(HttpContext http, string tenantId, Tenants tenants, ApiKeys keys) =>
        http.Caller().MayManage(tenantId) && await tenants.FindAsync(tenantId, http.RequestAborted) is not null
            ? Results.Json(new ApiKeyList(await keys.ListAsync(tenantId, http.RequestAborted)), WireJson.Default.ApiKeyList)
            : AccessRules.TenantNotFound.ToResult();
}
