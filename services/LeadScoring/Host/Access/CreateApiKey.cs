using LeadScoring.Contracts;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Access;

public static class CreateApiKey
{
    private static readonly Refusal TenantRevoked = new(409, "tenant_revoked", "The tenant was revoked; it gets no more keys.");

    private static readonly Refusal TooMany = new(
        409, "too_many_api_keys", $"The tenant has {ApiKeys.LivePerTenantMax} live keys, the most there can be; revoke some.");

    public static void MapCreateApiKey(this IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/tenants/{tenantId}/api-keys", HandleAsync)
        .RequireScope(Scopes.Admin)
        .WithName("CreateApiKey")
        .WithTags("Access")
        .WithSummary("Make an API key")
        .WithDescription("The answer is the only place that ever shows the key. A key can grant only scopes it has itself.")
        .Accepts<CreateApiKeyRequest>("application/json")
        .Produces<CreatedApiKey>(StatusCodes.Status201Created)
        .ProducesRefusal(404)
        .ProducesRefusal(409);

    private static async Task<IResult> HandleAsync(HttpContext http, string tenantId, ApiKeys keys, TimeProvider clock)
    {
        var caller = http.Caller();
        if (!caller.MayManage(tenantId)) return AccessRules.TenantNotFound.ToResult();
        if (!(await JsonBody.ReadAsync(http, WireJson.Default.CreateApiKeyRequest)).TryGet(out var request, out var refusal))
        {
            return refusal.ToResult();
        }

        var validation = new Validation();
        AccessRules.Check(request, clock.GetUtcNow(), validation);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        if (request.Scopes.FirstOrDefault(scope => !caller.Scopes.Contains(scope)) is { } missing)
        {
            return new Refusal(403, "scope_not_held", $"This API key lacks the scope {missing} and so cannot grant it.").ToResult();
        }

        var (outcome, created) = await keys.CreateAsync(tenantId, request, http.RequestAborted);
        return outcome switch
        {
            KeyOutcome.Done => Results.Json(created, WireJson.Default.CreatedApiKey, statusCode: StatusCodes.Status201Created),
            KeyOutcome.TenantRevoked => TenantRevoked.ToResult(),
            KeyOutcome.TooMany => TooMany.ToResult(),
            _ => AccessRules.TenantNotFound.ToResult(),
        };
    }
}
