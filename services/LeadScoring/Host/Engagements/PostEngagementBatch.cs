using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Writing;
using LeadScoring.Host.Scoring.Models;

namespace LeadScoring.Host.Engagements;

/// <summary><c>POST /v1/engagements/batch</c>: up to 1000 at once, one result per item, in order.</summary>
public static class PostEngagementBatch
{
    private const int ItemBytesExpected = 600;

    public static void MapPostEngagementBatch(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/engagements/batch", HandleAsync)
            .RequireScope(Scopes.EngagementsWrite)
            .WithName("PostEngagementBatch")
            .WithTags("Engagements")
            .WithSummary("Record many things people did")
            .WithDescription(
                "1 to 1000 engagements, one result per item in the order posted: recorded, duplicate, or rejected with its "
                + "problem. One bad item never spoils the others. Durable when answered; 503 means repeat the whole batch.")
            .Accepts<EngagementBatch>("application/json")
            .Produces<EngagementBatchReceipt>(StatusCodes.Status200OK);

    private static async Task<IResult> HandleAsync(
        HttpContext http, LeadWriter writer, TenantModels models, TimeProvider clock)
    {
        var body = await RequestBody.ReadAsync(http, BodyLimits.BatchBytesMax);
        if (!body.TryGet(out var json, out var refusal)) return refusal.ToResult();
        IReadOnlyList<ReadEngagement> items;
        using (json)
        {
            items = Read(json.Bytes.Span, clock.GetUtcNow(), out refusal);
            if (refusal is not null) return refusal.ToResult();
        }

        var tenantId = http.Caller().TenantId;
        PostedEngagement[] posted = [.. items.Where(i => i.Engagement is not null).Select(i => i.Engagement!)];
        var outcomes = posted.Length == 0 ? [] : await writer.RecordAsync(tenantId, posted, http.EventMetadata(), CancellationToken.None);

        // What did not reach the log for the service's own reasons is no item's fault: the whole batch is to be repeated.
        if (outcomes.FirstOrDefault(o => o.Refusal?.Status == StatusCodes.Status503ServiceUnavailable) is { } failed)
        {
            return failed.Refusal!.ToResult();
        }

        return new WireResult<EngagementBatchReceipt>(
            Receipt(tenantId, items, outcomes, models, clock.GetUtcNow()),
            WireJson.Default.EngagementBatchReceipt,
            StatusCodes.Status200OK,
            items.Count * ItemBytesExpected);
    }

    private static IReadOnlyList<ReadEngagement> Read(ReadOnlySpan<byte> json, DateTimeOffset now, out Refusal? refusal)
    {
        try
        {
            return EngagementReader.ReadBatch(json, now, out refusal);
        }
        catch (JsonException e)
        {
            refusal = JsonBody.Malformed(e, json);
            return [];
        }
    }

    private static EngagementBatchReceipt Receipt(
        string tenantId, IReadOnlyList<ReadEngagement> items, LeadOutcome[] outcomes, TenantModels models, DateTimeOffset now)
    {
        var results = new EngagementBatchItem[items.Count];
        var next = 0;
        for (var i = 0; i < results.Length; i++)
        {
            results[i] = items[i].Engagement is { } posted
                ? Result(tenantId, posted, outcomes[next++], models, now)
                : new(EngagementOutcome.Rejected, Problem: items[i].Refusal!.ToProblem());
        }

        return new(
            results.Count(r => r.Result == EngagementOutcome.Recorded),
            results.Count(r => r.Result == EngagementOutcome.Duplicate),
            results.Count(r => r.Result == EngagementOutcome.Rejected),
            results);
    }

    private static EngagementBatchItem Result(
        string tenantId, PostedEngagement posted, LeadOutcome outcome, TenantModels models, DateTimeOffset now)
    {
        if (outcome.Lead is not { } lead) return new(EngagementOutcome.Rejected, Problem: outcome.Refusal!.ToProblem());
        return new(
            outcome.Changed ? EngagementOutcome.Recorded : EngagementOutcome.Duplicate,
            EngagementId.Of(tenantId, posted.Fact.Source, posted.Fact.Id),
            LeadViews.Summary(lead, models.Of(lead), now),
            outcome.Warnings.Count > 0 ? outcome.Warnings : null);
    }
}
