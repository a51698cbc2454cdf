using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Http.OpenApi;

namespace LeadScoring.ContractTests;

public sealed class OpenApiTests
{
    private const string Regenerate =
        "If the API was meant to change, write the document again and commit it: "
        + "dotnet run --project services/LeadScoring/Host -- openapi --output contracts/openapi/leadscoring.v1.json";

    [Fact]
    public async Task The_committed_document_is_what_the_service_says_of_itself()
    {
        var committed = await File.ReadAllTextAsync(Repository.PathOf("contracts", "openapi", "leadscoring.v1.json"));

        var said = await OpenApiText.WriteAsync([]);

        FirstDifference(committed, said).ShouldBeNull(Regenerate);
    }

    [Fact]
    public async Task Every_operation_has_a_name_a_summary_and_either_a_scope_or_a_place_among_the_open_ones()
    {
        foreach (var (place, operation) in await OperationsAsync())
        {
            operation.TryGetProperty("operationId", out _).ShouldBeTrue(place);
            operation.GetProperty("summary").GetString().ShouldNotBeNullOrWhiteSpace(place);
            if (place.StartsWith("get /health/", StringComparison.Ordinal)) continue;
            operation.GetProperty("description").GetString().ShouldNotBeNull().ShouldContain("Scope: `", Case.Sensitive, place);
            operation.GetProperty("security").GetArrayLength().ShouldBe(1, place);
        }
    }

    [Fact]
    public async Task Every_body_has_a_worked_example()
    {
        using var document = JsonDocument.Parse(await OpenApiText.WriteAsync([]));
        var schemas = document.RootElement.GetProperty("components").GetProperty("schemas");
        foreach (var (place, operation) in await OperationsAsync())
        {
            if (place.StartsWith("get /health/", StringComparison.Ordinal)) continue;
            foreach (var name in BodySchemas(operation))
            {
                schemas.GetProperty(name).TryGetProperty("example", out _).ShouldBeTrue($"{place}: {name}");
            }
        }
    }

    [Fact]
    public async Task Every_query_parameter_is_explained()
    {
        foreach (var (place, operation) in await OperationsAsync())
        {
            if (!operation.TryGetProperty("parameters", out var parameters)) continue;
            foreach (var parameter in parameters.EnumerateArray().Where(p => p.GetProperty("in").GetString() == "query"))
            {
                parameter.TryGetProperty("description", out _).ShouldBeTrue($"{place}: {parameter.GetProperty("name")}");
            }
        }
    }

    [Fact]
    public async Task Codes_are_snake_case_texts()
    {
        using var document = JsonDocument.Parse(await OpenApiText.WriteAsync([]));

        var stage = document.RootElement.GetProperty("components").GetProperty("schemas").GetProperty(nameof(Stage));

        stage.GetProperty("type").GetString().ShouldBe("string");
        stage.GetProperty("enum").EnumerateArray().Select(e => e.GetString()).ShouldContain("marketing_qualified");
    }

    private static async Task<IReadOnlyList<(string Place, JsonElement Operation)>> OperationsAsync()
    {
        using var document = JsonDocument.Parse(await OpenApiText.WriteAsync([]));
        var operations = document.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(o => ($"{o.Name} {path.Name}", o.Value.Clone())))
            .ToList();
        operations.ShouldNotBeEmpty();
        return operations;
    }

    private static IEnumerable<string> BodySchemas(JsonElement operation)
    {
        var bodies = operation.GetProperty("responses").EnumerateObject().Select(r => r.Value).ToList();
        if (operation.TryGetProperty("requestBody", out var request)) bodies.Add(request);
        return bodies
            .Where(b => b.TryGetProperty("content", out _))
            .SelectMany(b => b.GetProperty("content").EnumerateObject())
            .Select(c => c.Value.GetProperty("schema").GetProperty("$ref").GetString()!.Split('/')[^1])
            .Distinct();
    }

    private static string? FirstDifference(string committed, string said)
    {
        var (a, b) = (committed.Split('\n'), said.Split('\n'));
        for (var i = 0; i < Math.Max(a.Length, b.Length); i++)
        {
            var (left, right) = (i < a.Length ? a[i] : "(end)", i < b.Length ? b[i] : "(end)");
            if (left != right) return $"Line {i + 1}: committed '{left.Trim()}', the service says '{right.Trim()}'.";
        }

        return null;
    }
}
