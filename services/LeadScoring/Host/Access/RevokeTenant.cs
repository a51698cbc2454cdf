using LeadScoring.Contracts;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Access;

public static class RevokeTenant
{
    private static readonly Refusal OperatorTenant = new(409, "operator_tenant", "The operator tenant cannot be revoked: it manages the others.");

    public static void MapRevokeTenant(this IEndpointRouteBuilder routes) => routes
        .MapDelete("/v1/tenants/{tenantId}", HandleAsync)
        .RequireScope(Scopes.Admin)
        .WithName("RevokeTenant")
        .WithTags("Access")
        .WithSummary("Revoke a tenant")
        .WithDescription("None of its keys works any more; its data stays. For admin keys of the operator tenant. Repeating it changes nothing.")
        .Produces(StatusCodes.Status204NoContent)
        .ProducesRefusal(404)
        .ProducesRefusal(409);

    private static async Task<IResult> HandleAsync(HttpContext http, string tenantId, Tenants tenants, KeyRing keys)
    {
        var caller = http.Caller();
        if (!caller.MayManage(tenantId)) return AccessRules.TenantNotFound.ToResult();
        if (!caller.IsOperator) return AccessRules.OperatorOnly.ToResult();

        var outcome = await tenants.RevokeAsync(tenantId, http.RequestAborted);
        keys.ForgetTenant(tenantId);
        return outcome switch
        {
            TenantOutcome.NotFound => AccessRules.TenantNotFound.ToResult(),
            TenantOutcome.Operator => OperatorTenant.ToResult(),
            _ => Results.NoContent(),
        };
    }
}
