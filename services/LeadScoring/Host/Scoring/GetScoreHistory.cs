using System.Buffers.Binary;
using LeadScoring.Contracts;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Access;
using LeadScoring.Host.Events;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Listing;
using LeadScoring.Host.Scoring.Models;
using Microsoft.AspNetCore.Mvc;

namespace LeadScoring.Host.Scoring;

/// <summary><c>GET /v1/leads/{leadId}/score-history</c>: the points of a curve.</summary>
public static class GetScoreHistory
{
    private const int LimitMax = 1_000;
    private const int LimitDefault = 200;

    private static readonly Refusal NoSuchVersion =
        new(404, "model_version_not_found", "The tenant has no such version of the scoring model.");

    public static void MapGetScoreHistory(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/leads/{leadId:guid}/score-history", HandleAsync)
        .RequireScope(Scopes.LeadsRead)
        .WithName("GetScoreHistory")
        .WithTags(LeadRequests.OpenApiTag)
        .WithSummary("A lead's score over its life")
        .WithDescription(
            "A point for every engagement, decision, change of attributes and change of the scoring model, oldest first, by when each "
            + "happened: what a look at the lead as of that instant shows, from all that is known today; retracted engagements never were. "
            + "model scores all of it under one version. from (included) and to (not) bound the points; limit is 1 to 1000, default 200.")
        .Produces<ScoreHistory>()
        .ProducesRefusal(400)
        .ProducesRefusal(404);

    private static async Task<IResult> HandleAsync(
        HttpContext http,
        Guid leadId,
        [FromQuery(Name = "model")] string? version,
        [FromQuery] string? from,
        [FromQuery] string? to,
        [FromQuery] string? limit,
        [FromQuery] string? cursor,
        LeadStreams streams,
        TenantModels models,
        TimeProvider clock,
        CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var lead = new StreamKey(http.Caller().TenantId, leadId);
        var validation = new Validation();
        validation.KnownOnly(http.Request.Query, "model", "from", "to", "limit", "cursor");
        var wanted = validation.Whole("model", version, least: 1, int.MaxValue, otherwise: 0);
        var (begin, end) = (validation.Instant("from", from), validation.Instant("to", to));
        validation.Require(!(end <= begin), "to", "The end must lie after from.");
        var count = validation.Whole("limit", limit, least: 1, LimitMax, LimitDefault);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        var name = $"score-history {lead.TenantId} {leadId} {wanted} {begin:O} {end:O}";
        PageCursor? after = null;
        if (cursor is not null)
        {
            (after, var refusal) = PageCursor.Read(cursor, name, now);
            if (refusal is not null) return refusal.ToResult();
        }

        models.EnsureReadable(lead.TenantId);
        var always = wanted > 0 ? await models.FindAsync(lead.TenantId, wanted, ct) : null;
        if (wanted > 0 && always is null) return NoSuchVersion.ToResult();
        if (await streams.ReadAsync(lead, ct: ct) is not { } story) return Refusal.LeadNotFound.ToResult();

        var ids = story.Events.ToDictionary(e => e.Recorded.Version, e => e.Recorded);
        var events = story.Events.Where(e => e.Fact is not null).Select(e => new CurveEvent(e.HappenedAt, e.Recorded.Version, e.Fact!)).ToList();
        var points = ScoreCurve.Of(leadId, events, models.Of(lead.TenantId), now, always)
            .Where(p => !(p.At < begin) && !(p.At >= end) && (after is not { } last || IsAfter(p, last)))
            .Take(count + 1)
            .ToList();
        var next = points.Count > count ? CursorOf(points[count - 1]).Write(name, now) : null;
        return TypedResults.Json(
            new ScoreHistory(leadId, [.. points.Take(count).Select(p => View(p, ids))], next), WireJson.Default.ScoreHistory);
    }

    private static ScorePoint View(CurvePoint point, Dictionary<long, RecordedEvent> recorded) => new(
        point.At,
        point.Fact switch
        {
            null => ScorePointKind.ModelChange,
            EngagementRecorded => ScorePointKind.Engagement,
            AttributesChanged => ScorePointKind.Attributes,
            _ => ScorePointKind.Decision,
        },
        point.Fact switch
        {
            null => point.Model.Id,
            EngagementRecorded e => e.Type,
            _ => recorded[point.Version].Type,
        },
        Explanation.ScoreShown(point.Score),
        Explanation.ScoreShown(point.QualifyingScore),
        (Contracts.Grade)point.Grade,
        (Contracts.Stage)point.Stage,
        point.Model.Version,
        point.Fact is null ? null : recorded[point.Version].Id);

    /// <summary>Its instant, and within that its place in the stream.</summary>
    private static PageCursor CursorOf(CurvePoint point)
    {
        Span<byte> id = stackalloc byte[16];
        id.Clear();
        BinaryPrimitives.WriteInt64BigEndian(id[8..], point.Version);
        return new(point.At.UtcTicks, new Guid(id, bigEndian: true));
    }

    private static bool IsAfter(CurvePoint point, PageCursor last)
    {
        if (point.At.UtcTicks != last.SortKey) return point.At.UtcTicks > last.SortKey;
        Span<byte> id = stackalloc byte[16];
        last.Id.TryWriteBytes(id, bigEndian: true, out _);
        return point.Version > BinaryPrimitives.ReadInt64BigEndian(id[8..]);
    }
}
