using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Settings;

/// <summary>The way every setting of a tenant is shown and put: the same body both ways, the version as its ETag.</summary>
public static class SettingEndpoints
{
    private static readonly Refusal OtherVersion = new(412, "version_mismatch", "The setting has another version; read it again.");

    /// <summary>Needs the document store and the clock beside these.</summary>
    public static IServiceCollection AddTenantSettings(this IServiceCollection services) => services
        .AddSingleton<TenantSettings>()
        .AddSingleton<TenantPolicies>();

    /// <param name="shown">What holds while the tenant has put nothing.</param>
    public static RouteHandlerBuilder MapGetSetting<T>(
        this IEndpointRouteBuilder routes, string path, string name, JsonTypeInfo<T> body, T shown, params string[] scopes)
        where T : class =>
        routes
            .MapGet(path, async (HttpContext http, TenantSettings settings, CancellationToken ct) =>
            {
                var validation = new Validation();
                validation.KnownOnly(http.Request.Query);
                if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
                var setting = await settings.FindAsync(http.Caller().TenantId, name, ct);
                http.Response.Headers.ETag = VersionTags.Of(setting?.Version ?? TenantSettings.VersionOfDefault);
                return TypedResults.Json(setting is null ? shown : setting.Body.Deserialize(body)!, body);
            })
            .RequireScope(scopes)
            .Produces<T>();

    /// <param name="check">What is wrong with a body it tells the validation.</param>
    public static RouteHandlerBuilder MapPutSetting<T>(
        this IEndpointRouteBuilder routes, string path, string name, JsonTypeInfo<T> body, Action<T, Validation> check, params string[] scopes)
        where T : class =>
        routes
            .MapPut(path, (HttpContext http, TenantSettings settings, TenantPolicies policies, CancellationToken ct) =>
                PutAsync(http, name, body, check, settings, policies, ct))
            .RequireScope(scopes)
            .Accepts<T>("application/json")
            .Produces<T>()
            .ProducesRefusal(400)
            .ProducesRefusal(412);

    private static async Task<IResult> PutAsync<T>(
        HttpContext http,
        string name,
        JsonTypeInfo<T> type,
        Action<T, Validation> check,
        TenantSettings settings,
        TenantPolicies policies,
        CancellationToken ct)
        where T : class
    {
        var (expectedVersion, malformed) = VersionTags.IfMatch(http.Request);
        if (malformed is not null) return malformed.ToResult();
        var read = await JsonBody.ReadAsync(http, type);
        if (!read.TryGet(out var body, out var refusal)) return refusal.ToResult();
        var validation = new Validation();
        check(body, validation);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();

        var tenantId = http.Caller().TenantId;
        if (await settings.PutAsync(tenantId, name, JsonSerializer.SerializeToElement(body, type), expectedVersion, ct) is not { } version)
        {
            return OtherVersion.ToResult();
        }

        policies.Forget(tenantId);
        http.Response.Headers.ETag = VersionTags.Of(version);
        return TypedResults.Json(body, type);
    }
}
