using Microsoft.OpenApi;
using Npgsql;
using Swashbuckle.AspNetCore.Swagger;

namespace LeadScoring.Host.Http.OpenApi;

/// <summary>The OpenAPI document without a running service.</summary>
public static class OpenApiText
{
    /// <summary>JSON, ending with a line feed; the same endpoints give the same text.</summary>
    public static async Task<string> WriteAsync(IEnumerable<KeyValuePair<string, string?>> settings)
    {
        // Nothing is started, so nothing connects.
        await using var database = NpgsqlDataSource.Create("Host=localhost");
        await using var app = Composition.Build(Composition.NewBuilder(settings), database);
        var document = app.Services.GetRequiredService<ISwaggerProvider>().GetSwagger(OpenApiDocuments.Version);
        var json = await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_0);
        return json.ReplaceLineEndings("\n").TrimEnd() + "\n";
    }
}
