using LeadScoring.Contracts;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Access;

/// <summary>A tenant's API keys over HTTP, for its admin keys and the operator's.</summary>
public static class ApiKeyEndpoints
{
    public const int NameLengthMax = 128;

    public static void MapApiKeys(this IEndpointRouteBuilder routes)
    {
        const string keys = "/v1/tenants/{tenantId}/api-keys";
        routes.MapGet(keys, ListAsync).RequireScope(Scopes.Admin).WithName("ListApiKeys").WithTags("Access")
            .WithSummary("List a tenant's API keys")
            .WithDescription("Live keys first, then the latest revoked ones. Never the keys themselves.")
            .Produces<ApiKeyList>().ProducesRefusal(404);
        routes.MapPost(keys, CreateAsync).RequireScope(Scopes.Admin).WithName("CreateApiKey").WithTags("Access")
            .WithSummary("Make an API key")
            .WithDescription("The answer is the only place that ever shows the key. A key can grant only scopes it has itself.")
            .Accepts<CreateApiKeyRequest>("application/json")
            .Produces<CreatedApiKey>(StatusCodes.Status201Created).ProducesRefusal(404).ProducesRefusal(409);
        routes.MapDelete(keys + "/{keyId}", RevokeAsync).RequireScope(Scopes.Admin).WithName("RevokeApiKey").WithTags("Access")
            .WithSummary("Revoke an API key")
            .WithDescription("It stops working here at once, on other instances within ten seconds. Repeating it changes nothing.")
            .Produces(StatusCodes.Status204NoContent).ProducesRefusal(404).ProducesRefusal(409);
    }

    public static void Check(CreateApiKeyRequest request, DateTimeOffset now, Validation validation)
    {
        validation.Text("$.name", request.Name, NameLengthMax);
        validation.Require(request.Scopes.Count > 0, "$.scopes", "At least one scope is expected.");
        for (var i = 0; i < request.Scopes.Count; i++)
        {
            validation.Require(Scopes.All.Contains(request.Scopes[i]), $"$.scopes[{i}]", $"One of {string.Join(", ", Scopes.All)} is expected.");
        }

        validation.Require(request.Scopes.Distinct(StringComparer.Ordinal).Count() == request.Scopes.Count, "$.scopes", "A scope stands here twice.");
        validation.Require(request.ExpiresAt is not { } end || end > now, "$.expiresAt", "A time in the future is expected.");
    }

    private static async Task<IResult> ListAsync(HttpContext http, string tenantId, Tenants tenants, ApiKeys keys)
    {
        var ct = http.RequestAborted;
        if (!http.Caller().MayManage(tenantId) || await tenants.FindAsync(tenantId, ct) is null) return Tenants.NotFound.ToResult();
        return Results.Json(new ApiKeyList([.. (await keys.ListAsync(tenantId, ct)).Select(k => k.ToView())]), WireJson.Default.ApiKeyList);
    }

    private static async Task<IResult> CreateAsync(HttpContext http, string tenantId, ApiKeys keys, TimeProvider clock)
    {
        var caller = http.Caller();
        if (!caller.MayManage(tenantId)) return Tenants.NotFound.ToResult();
        if (!(await JsonBody.ReadAsync(http, WireJson.Default.CreateApiKeyRequest)).TryGet(out var request, out var refusal)) return refusal.ToResult();
        var validation = new Validation();
        Check(request, clock.GetUtcNow(), validation);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        if (request.Scopes.FirstOrDefault(scope => !caller.Scopes.Contains(scope)) is { } missing)
        {
            return new Refusal(403, "scope_not_held", $"This API key lacks the scope {missing} and so cannot grant it.").ToResult();
        }

        var (created, refused) = await keys.CreateAsync(tenantId, request, http.RequestAborted);
        return created is null
            ? refused!.ToResult()
            : Results.Json(created, WireJson.Default.CreatedApiKey, statusCode: StatusCodes.Status201Created);
    }

    private static async Task<IResult> RevokeAsync(HttpContext http, string tenantId, string keyId, ApiKeys keys, KeyRing ring)
    {
        if (!http.Caller().MayManage(tenantId)) return Tenants.NotFound.ToResult();
        if (!ApiKeyText.IsId(keyId)) return ApiKeys.NotFound.ToResult();

        var refusal = await keys.RevokeAsync(tenantId, keyId, http.RequestAborted);
        ring.Forget(keyId);
        return refusal?.ToResult() ?? Results.NoContent();
    }
}
