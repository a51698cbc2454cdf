using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace LeadScoring.Host.Http.OpenApi;

/// <summary>Gives each body its worked example; request and response show it alike.</summary>
internal sealed class ExampleOfType : ISchemaFilter
{
    public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
    {
        if (schema is OpenApiSchema own && Examples.Of(context.Type) is { } example) own.Examples = [example];
    }
}
