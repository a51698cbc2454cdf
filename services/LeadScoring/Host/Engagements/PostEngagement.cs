using System.Text.Json;
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

    private static async Task<IResult> HandleAsync(
        HttpContext http, LeadWriter writer, TenantModels models, TimeProvider clock)
    {
        var body = await RequestBody.ReadAsync(http, BodyLimits.BytesMax);
        if (!body.TryGet(out var json, out var refusal)) return refusal.ToResult();
        using (json)
        {
            var (posted, invalid) = Read(json.Bytes.Span, clock.GetUtcNow());
            if (posted is null) return invalid!.ToResult();

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

    private static ReadEngagement Read(ReadOnlySpan<byte> json, DateTimeOffset now)
    {
        try
        {
            return EngagementReader.ReadOne(json, now);
        }
        catch (JsonException e)
        {
            return new(null, JsonBody.Malformed(e, json));
        }
    }
}
