using System.Globalization;
using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace LeadScoring.Host.Http.OpenApi;

/// <summary>Names the scope an operation needs and the refusals every operation of its kind can answer with.</summary>
internal sealed class AccessOfOperation : IOperationFilter
{
    private static readonly (int Status, string Meaning)[] OfBodies =
    [
        (400, "The body is not JSON (`malformed_json`) or breaks a rule (`validation_failed`, see `errors`)."),
        (413, "The body is too large (`body_too_large`)."),
        (415, "The body is not application/json in UTF-8 (`unsupported_media_type`)."),
    ];

    private static readonly (int Status, string Meaning)[] OfCallers =
    [
        (401, "No API key (`missing_api_key`) or none that works (`invalid_api_key`)."),
        (403, "The key lacks the scope (`missing_scope`)."),
        (429, "Too many requests (`too_many_requests`); `Retry-After` says when to go on."),
        (503, "The service cannot answer now (`busy`, `store_unavailable`); repeat after `Retry-After`."),
    ];

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        var problem = context.SchemaGenerator.GenerateSchema(typeof(Problem), context.SchemaRepository);
        if (metadata.OfType<IAcceptsMetadata>().Any()) Add(operation, OfBodies, problem);
        if (metadata.OfType<RequiredScopes>().LastOrDefault() is { } required) Require(operation, required, problem, context.Document);
        Sort(operation.Responses!);
    }

    private static void Require(OpenApiOperation operation, RequiredScopes required, IOpenApiSchema problem, OpenApiDocument document)
    {
        Add(operation, OfCallers, problem);
        operation.Description = $"{operation.Description}\n\nScope: {string.Join(" or ", required.AnyOf.Select(s => $"`{s}`"))}.".TrimStart();
        operation.Security =
        [
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(OpenApiDocuments.SecurityScheme, document)] = [] },
        ];
    }

    /// <summary>By status, whoever declared it.</summary>
    private static void Sort(OpenApiResponses responses)
    {
        var sorted = responses.OrderBy(r => r.Key, StringComparer.Ordinal).ToArray();
        responses.Clear();
        foreach (var (status, response) in sorted) responses.Add(status, response);
    }

    private static void Add(OpenApiOperation operation, (int Status, string Meaning)[] refusals, IOpenApiSchema problem)
    {
        operation.Responses ??= [];
        foreach (var (status, meaning) in refusals)
        {
            operation.Responses.TryAdd(status.ToString(CultureInfo.InvariantCulture), new OpenApiResponse
            {
                Description = meaning,
                Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal) { [Problems.ContentType] = new OpenApiMediaType { Schema = problem } },
            });
        }
    }
}
