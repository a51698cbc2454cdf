using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Writing;
using LeadScoring.Host.Scoring.Models;

namespace LeadScoring.Host.Engagements;

/// <summary><c>POST /v1/engagements</c>: one thing a person did. 201 when recorded, 200 for a repeat.</summary>
public static class PostEngagement
{
    private const int ReceiptBytesExpected = 1024;

    public static void MapPostEngagement(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/engagements", HandleAsync)
            .RequireScope(Scopes.EngagementsWrite)
            .WithName("PostEngagement")
            .WithTags("Engagements")
            .WithSummary("Record one thing a person did")
            .WithDescription(
                "Durable when answered. The same source and id again records nothing and answers 200 with duplicate: true; "
                + "with another body it is refused (422 engagement_id_reused).")
            .Accepts<Engagement>("application/json")
            .Produces<EngagementReceipt>(StatusCodes.Status201Created)
            .Produces<EngagementReceipt>(StatusCodes.Status200OK)
            .ProducesRefusal(StatusCodes.Status404NotFound)
            .ProducesRefusal(StatusCodes.Status422UnprocessableEntity);

    private static async Task<IResult> HandleAsync(HttpContext http, LeadWriter writer, TenantModels models, TimeProvider clock)
    {
        var body = await JsonBody.ReadAsync(http, BodyLimits.BytesMax, json => EngagementReader.ReadOne(json, clock.GetUtcNow()));
        if (!body.TryGet(out var posted, out var refusal)) return refusal.ToResult();
        var tenantId = http.Caller().TenantId;

        // A client that leaves is not watched for: its engagement is recorded all the same, and watching has its price.
        var outcome = await writer.RecordAsync(tenantId, posted, http.EventMetadata(), CancellationToken.None);
        if (outcome.Lead is not { } lead) return outcome.Refusal!.ToResult();

        var receipt = new EngagementReceipt(
            EngagementId.Of(tenantId, posted.Fact.Source, posted.Fact.Id),
            Duplicate: !outcome.Changed,
            LeadViews.Summary(lead, models.Of(lead), clock.GetUtcNow()),
            outcome.Warnings.Count > 0 ? outcome.Warnings : null);
        http.Response.Headers.ETag = VersionTags.Of(lead.Lead.Version);
        return new WireResult<EngagementReceipt>(
            receipt,
            WireJson.Default.EngagementReceipt,
            outcome.Changed ? StatusCodes.Status201Created : StatusCodes.Status200OK,
            ReceiptBytesExpected);
    }
}

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

    private static async Task<IResult> HandleAsync(HttpContext http, LeadWriter writer, TenantModels models, TimeProvider clock)
    {
        var body = await JsonBody.ReadAsync(http, BodyLimits.BatchBytesMax, json => EngagementReader.ReadBatch(json, clock.GetUtcNow()));
        if (!body.TryGet(out var items, out var refusal)) return refusal.ToResult();

        var tenantId = http.Caller().TenantId;
        PostedEngagement[] posted = [.. items.Where(i => i.Value is not null).Select(i => i.Value!)];
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

    private static EngagementBatchReceipt Receipt(
        string tenantId, IReadOnlyList<Body<PostedEngagement>> items, LeadOutcome[] outcomes, TenantModels models, DateTimeOffset now)
    {
        var results = new EngagementBatchItem[items.Count];
        var next = 0;
        for (var i = 0; i < results.Length; i++)
        {
            results[i] = items[i].TryGet(out var posted, out var refusal)
                ? Result(tenantId, posted, outcomes[next++], models, now)
                : new(EngagementOutcome.Rejected, Problem: refusal.ToProblem());
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
