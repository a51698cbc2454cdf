using LeadScoring.Contracts;
using LeadScoring.Domain.Qualification;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads.Writing;
using LeadScoring.Host.Scoring.Models;

namespace LeadScoring.Host.Scoring.Activation;

/// <summary><c>POST /v1/scoring-models/{version}/newly-qualified/drop</c>: marketing does not want what the change of the model brought up.</summary>
public static class PostDrop
{
    private const int StatusUnavailable = 503;

    public static void MapPostDrop(this IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/scoring-models/{version:int:min(1)}/newly-qualified/drop", HandleAsync)
        .RequireScope(Scopes.MarketingWrite)
        .WithName("PostDrop")
        .WithTags(ModelRules.OpenApiTag)
        .WithSummary("Drop held leads")
        .WithDescription(
            "They stay inquiries, and qualify only by what they do. A request drops at most 1000, the best score first: repeat it while left is not 0. "
            + "Ids that are not held for the version are passed over.")
        .Accepts<DropRequest>("application/json")
        .Produces<DropReceipt>()
        .ProducesRefusal(400)
        .ProducesRefusal(404)
        .ProducesRefusal(503);

    private static async Task<IResult> HandleAsync(HttpContext http, int version, TenantModels models, HeldLeads held, LeadWriter writer)
    {
        if (!(await JsonBody.ReadAsync(http, WireJson.Default.DropRequest)).TryGet(out var request, out var malformed)) return malformed.ToResult();
        var validation = new Validation();
        ActivationRules.Check(request, validation);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        if (await models.FindVersionAsync(http, version) is null) return ModelRules.NotFound.ToResult();

        var (tenantId, ct) = (http.Caller().TenantId, http.RequestAborted);
        var grades = request.Grades ?? [];
        var asked = request.LeadIds?.Distinct().ToList()
            ?? [.. (await held.ListAsync(tenantId, version, grades, after: null, ActivationRules.LeadIdsMax, ct)).Select(l => l.View.LeadId)];
        var metadata = http.EventMetadata(request.Actor);
        var outcomes = await Task.WhenAll(asked.Select(lead => writer.SubmitAsync(
            tenantId, lead, new DropCrossing(version, request.Actor, request.Note), expectedVersion: null, metadata, ct)));
        if (outcomes.FirstOrDefault(o => o.Refusal is { Status: StatusUnavailable }) is { } unavailable) return unavailable.Refusal!.ToResult();
        return TypedResults.Json(new DropReceipt(outcomes.Count(o => o.Changed), await LeftAsync()), WireJson.Default.DropReceipt);

        async Task<long> LeftAsync()
        {
            if (request.LeadIds is not null) return 0;
            var counts = await held.CountAsync(tenantId, version, ct);
            return counts.Where(c => grades.Count == 0 || grades.Contains(Enum.Parse<Grade>(c.Key))).Sum(c => c.Value);
        }
    }
}
