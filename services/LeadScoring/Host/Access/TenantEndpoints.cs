using LeadScoring.Contracts;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Access;

/// <summary>Tenants over HTTP, for admin keys of the operator tenant.</summary>
public static class TenantEndpoints
{
    public const int IdLengthMin = 2;
    public const int IdLengthMax = 64;
    public const int NameLengthMax = 128;

    private static readonly Refusal OperatorOnly = new(403, "operator_only", "Only admin keys of the operator tenant manage tenants.");

    public static void MapTenants(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/tenants", ListAsync).RequireScope(Scopes.Admin).WithName("ListTenants").WithTags("Access")
            .WithSummary("List tenants")
            .WithDescription("All tenants, revoked ones included, for admin keys of the operator tenant.")
            .Produces<TenantList>();
        routes.MapPost("/v1/tenants", CreateAsync).RequireScope(Scopes.Admin).WithName("CreateTenant").WithTags("Access")
            .WithSummary("Make a tenant")
            .WithDescription("For admin keys of the operator tenant. Repeating it with the same name answers 200 and the tenant as it is.")
            .Accepts<CreateTenantRequest>("application/json")
            .Produces<TenantView>(StatusCodes.Status201Created).Produces<TenantView>().ProducesRefusal(409);
        routes.MapDelete("/v1/tenants/{tenantId}", RevokeAsync).RequireScope(Scopes.Admin).WithName("RevokeTenant").WithTags("Access")
            .WithSummary("Revoke a tenant")
            .WithDescription("None of its keys works any more; its data stays. For admin keys of the operator tenant. Repeating it changes nothing.")
            .Produces(StatusCodes.Status204NoContent).ProducesRefusal(404).ProducesRefusal(409);
    }

    /// <summary>An admin key reaches its own tenant; the operator's reach every one. Another tenant is as good as none.</summary>
    public static bool MayManage(this Caller caller, string tenantId) => caller.IsOperator || caller.TenantId == tenantId;

    public static void Check(CreateTenantRequest request, Validation validation)
    {
        validation.Require(
            IsId(request.Id),
            "$.id",
            $"{IdLengthMin} to {IdLengthMax} lower-case letters and digits are expected, separated by single _ or -, a letter first.");
        validation.Text("$.name", request.Name, NameLengthMax);
    }

    private static async Task<IResult> ListAsync(HttpContext http, Tenants tenants) => http.Caller().IsOperator
        ? Results.Json(new TenantList([.. (await tenants.ListAsync(http.RequestAborted)).Select(t => t.ToView())]), WireJson.Default.TenantList)
        : OperatorOnly.ToResult();

    private static async Task<IResult> CreateAsync(HttpContext http, Tenants tenants)
    {
        if (!http.Caller().IsOperator) return OperatorOnly.ToResult();
        if (!(await JsonBody.ReadAsync(http, WireJson.Default.CreateTenantRequest)).TryGet(out var request, out var refusal)) return refusal.ToResult();
        var validation = new Validation();
        Check(request, validation);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();

        var (tenant, isNew, refused) = await tenants.CreateAsync(request.Id, request.Name, http.RequestAborted);
        return tenant is null
            ? refused!.ToResult()
            : Results.Json(tenant.ToView(), WireJson.Default.TenantView, statusCode: isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    private static async Task<IResult> RevokeAsync(HttpContext http, string tenantId, Tenants tenants, KeyRing ring)
    {
        var caller = http.Caller();
        if (!caller.MayManage(tenantId)) return Tenants.NotFound.ToResult();
        if (!caller.IsOperator) return OperatorOnly.ToResult();

        var refusal = await tenants.RevokeAsync(tenantId, http.RequestAborted);
        ring.ForgetTenant(tenantId);
        return refusal?.ToResult() ?? Results.NoContent();
    }

    /// <summary>Lower-case letters and digits, separated by single <c>_</c> or <c>-</c>, a letter first.</summary>
    private static bool IsId(string? id)
    {
        if (id is not { Length: >= IdLengthMin and <= IdLengthMax } || !char.IsAsciiLetterLower(id[0])) return false;
        for (var i = 1; i < id.Length; i++)
        {
            if (char.IsAsciiLetterLower(id[i]) || char.IsAsciiDigit(id[i])) continue;
            if (id[i] is not ('_' or '-') || i == id.Length - 1 || id[i - 1] is '_' or '-') return false;
        }

        return true;
    }
}
