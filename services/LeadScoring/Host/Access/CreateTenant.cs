using LeadScoring.Contracts;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Access;

public static class CreateTenant
{
    private static readonly Refusal Taken = new(409, "tenant_exists", "Another tenant has this id, or had it before it was revoked.");
    private static readonly Refusal TooMany = new(409, "too_many_tenants", $"There are {Tenants.CountMax} tenants, the most there can be.");

    public static void MapCreateTenant(this IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/tenants", HandleAsync)
        .RequireScope(Scopes.Admin)
        .WithName("CreateTenant")
        .WithTags("Access")
        .WithSummary("Make a tenant")
        .WithDescription("For admin keys of the operator tenant. Repeating it with the same name answers 200 and the tenant as it is.")
        .Accepts<CreateTenantRequest>("application/json")
        .Produces<TenantView>(StatusCodes.Status201Created)
        .Produces<TenantView>()
        .ProducesRefusal(409);

    private static async Task<IResult> HandleAsync(HttpContext http, Tenants tenants)
    {
        if (!http.Caller().IsOperator) return AccessRules.OperatorOnly.ToResult();
        if (!(await JsonBody.ReadAsync(http, WireJson.Default.CreateTenantRequest)).TryGet(out var request, out var refusal))
        {
            return refusal.ToResult();
        }

        var validation = new Validation();
        AccessRules.Check(request, validation);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();

        var (outcome, tenant) = await tenants.CreateAsync(request.Id, request.Name, http.RequestAborted);
        return outcome switch
        {
            TenantOutcome.Done => Results.Json(tenant, WireJson.Default.TenantView, statusCode: StatusCodes.Status201Created),
            TenantOutcome.AlreadySo => Results.Json(tenant, WireJson.Default.TenantView),
            TenantOutcome.TooMany => TooMany.ToResult(),
            _ => Taken.ToResult(),
        };
    }
}
