using LeadScoring.Contracts;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Access;

public static class ListTenants
{
    public static void MapListTenants(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/tenants", HandleAsync)
        .RequireScope(Scopes.Admin)
        .WithName("ListTenants")
        .WithTags("Access")
        .WithSummary("List tenants")
        .WithDescription("All tenants, revoked ones included, for admin keys of the operator tenant.")
        .Produces<TenantList>();

    private static async Task<IResult> HandleAsync(HttpContext http, Tenants tenants) =>
        http.Caller().IsOperator
            ? Results.Json(new TenantList(await tenants.ListAsync(http.RequestAborted)), WireJson.Default.TenantList)
            : AccessRules.OperatorOnly.ToResult();
}
