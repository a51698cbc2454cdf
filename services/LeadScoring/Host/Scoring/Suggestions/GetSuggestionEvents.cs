using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Backtests;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Http;
using LeadScoring.Host.Jobs;
using LeadScoring.Host.Scoring.Models;

namespace LeadScoring.Host.Scoring.Suggestions;

/// <summary><c>GET /v1/scoring-models/suggestions/{suggestionId}/events</c>: its progress as it happens.</summary>
public static class GetSuggestionEvents
{
    public static void MapGetSuggestionEvents(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-models/suggestions/{suggestionId:guid}/events", HandleAsync)
        .RequireScope(ModelRules.Readers)
        .WithName("GetSuggestionEvents")
        .WithTags(BacktestRules.OpenApiTag)
        .WithSummary("Follow a suggestion")
        .WithDescription(JobStream.Describe("the suggestion without its result"))
        .Produces<SuggestionView>(StatusCodes.Status200OK, FeedStream.ContentType)
        .Produces(StatusCodes.Status204NoContent)
        .ProducesRefusal(404);

    private static Task HandleAsync(HttpContext http, Guid suggestionId, JobStore jobs, JobStream stream, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        return stream.AnswerAsync(
            http,
            () => jobs.FindAsync(tenantId, SuggestionJob.Kind, suggestionId, modelVersion: null, ct),
            SuggestionViews.NotFound,
            SuggestionViews.Bytes,
            ct);
    }
}
