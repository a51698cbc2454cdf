using System.Text.Json.Serialization.Metadata;
using LeadScoring.Contracts;
using LeadScoring.Domain.Leads;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads.Writing;
using LeadScoring.Host.Scoring.Models;

namespace LeadScoring.Host.Leads;

/// <summary>Who asks for what, as a command's body says.</summary>
/// <param name="Actor">Recorded with the events.</param>
public sealed record RequestedCommand(string Actor, ILeadCommand Command);

/// <summary>The way every command on one lead goes: check, let the writer decide, answer with a receipt.</summary>
public static class LeadCommands
{
    /// <param name="path">Behind <c>/v1/leads/{leadId}/</c>.</param>
    /// <param name="read">Makes the command of a body; what is wrong with the body it tells the rules.</param>
    /// <param name="scopes">Any one of them is enough.</param>
    public static RouteHandlerBuilder MapLeadCommand<TRequest>(
        this IEndpointRouteBuilder routes,
        HttpMethod method,
        string path,
        JsonTypeInfo<TRequest> body,
        Func<TRequest, CommandRules, RequestedCommand> read,
        params string[] scopes)
        where TRequest : class =>
        routes
            .MapMethods(
                $"/v1/leads/{{leadId:guid}}/{path}",
                [method.Method],
                (HttpContext http, Guid leadId, LeadWriter writer, TenantModels models, TimeProvider clock, CancellationToken ct) =>
                    HandleAsync(http, leadId, body, read, writer, models, clock, ct))
            .RequireScope(scopes)
            .WithTags(LeadRequests.OpenApiTag)
            .Accepts<TRequest>("application/json")
            .Produces<CommandReceipt>()
            .ProducesRefusal(400)
            .ProducesRefusal(404)
            .ProducesRefusal(409)
            .ProducesRefusal(412);

    private static async Task<IResult> HandleAsync<TRequest>(
        HttpContext http,
        Guid leadId,
        JsonTypeInfo<TRequest> type,
        Func<TRequest, CommandRules, RequestedCommand> read,
        LeadWriter writer,
        TenantModels models,
        TimeProvider clock,
        CancellationToken ct)
        where TRequest : class
    {
        var (expectedVersion, malformed) = VersionTags.IfMatch(http.Request);
        if (malformed is not null) return malformed.ToResult();
        var body = await JsonBody.ReadAsync(http, type);
        if (!body.TryGet(out var request, out var refusal)) return refusal.ToResult();
        var rules = new CommandRules(clock.GetUtcNow());
        var (actor, command) = read(request, rules);
        if (rules.Validation.ToRefusal() is { } invalid) return invalid.ToResult();

        var outcome = await writer.SubmitAsync(
            http.Caller().TenantId, leadId, command, expectedVersion, http.EventMetadata(actor), ct);
        if (outcome.Lead is not { } row) return outcome.Refusal!.ToResult();
        http.Response.Headers.ETag = VersionTags.Of(row.Lead.Version);
        return TypedResults.Json(
            new CommandReceipt(outcome.Changed, LeadViews.Summary(row, models.Of(row), clock.GetUtcNow())), WireJson.Default.CommandReceipt);
    }
}
