using System.Text.Json;
using LeadScoring.Contracts;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.Swagger;
using Swashbuckle.AspNetCore.SwaggerGen;
using Swashbuckle.AspNetCore.SwaggerUI;

namespace LeadScoring.Host.Http.OpenApi;

/// <summary>The API's description at <c>/swagger</c>, made from the endpoints, the contracts and their XML comments.</summary>
public static class OpenApiDocuments
{
    public const string Version = "v1";
    public const string SecurityScheme = "apiKey";

    private const string Description =
        """
        Post what people do; the service scores leads, decides when one is marketing-qualified, hands it to sales and can say why.

        Send an API key as `Authorization: Bearer ls_...`; each operation names the scope it needs. Every error is problem details
        (RFC 9457) with a stable `code`; for `validation_failed` and only there `errors` says what is wrong, by JSON path. An
        answered write is durable, and everything may be repeated: a repeat changes nothing. 429 and 503 carry `Retry-After`.
        """;

    public static void Set(SwaggerGenOptions generator)
    {
        generator.SwaggerDoc(Version, new OpenApiInfo { Title = "LeadScoring", Version = Version, Description = Description });
        generator.AddSecurityDefinition(SecurityScheme, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "ls_<id>_<secret>", Description = "An API key.",
        });
        generator.SupportNonNullableReferenceTypes();
        generator.NonNullableReferenceTypesAsRequired();
        generator.IncludeXmlComments(typeof(Problem).Assembly);
        generator.SchemaFilter<ExampleOfType>();
        generator.OperationFilter<AccessOfOperation>();
        generator.OperationFilter<ParametersOfOperation>();
    }

    /// <summary>Whether a request is for the pages: what matches their paths by patterns need not see any other.</summary>
    public static bool AreMeant(HttpContext http) => http.Request.Path.StartsWithSegments("/swagger", StringComparison.OrdinalIgnoreCase);

    public static void Set(SwaggerOptions documents) => documents.OpenApiVersion = OpenApiSpecVersion.OpenApi3_0;

    public static void Set(SwaggerUIOptions page)
    {
        page.SwaggerEndpoint($"/swagger/{Version}/swagger.json", "LeadScoring v1");
        page.DocumentTitle = "LeadScoring API";
        page.EnablePersistAuthorization();
    }

    /// <summary>The description must see the types as the wire does.</summary>
    public static void SetJson(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = WireJson.Default.Options.PropertyNamingPolicy;
        options.DefaultIgnoreCondition = WireJson.Default.Options.DefaultIgnoreCondition;
        options.TypeInfoResolverChain.Insert(0, WireJson.Default);
    }
}
