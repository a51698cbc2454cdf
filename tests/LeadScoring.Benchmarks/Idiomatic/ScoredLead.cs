using System.Text.Json;
using System.Text.Json.Serialization;
using LeadScoring.Contracts;

namespace LeadScoring.Benchmarks.Idiomatic;

public sealed record LeadCaptured(string Source, DateTimeOffset At);

public sealed record EngagementRecorded(
    string Source,
    string SourceId,
    string Type,
    DateTimeOffset OccurredAt,
    string? Campaign,
    string? Channel,
    string? Asset,
    string? Product,
    IReadOnlyDictionary<string, JsonElement>? Properties);

/// <summary>The inline snapshot: one lead with a plain sum of points.</summary>
public sealed partial record ScoredLead(Guid Id, string Source, decimal Score, int Engagements, DateTimeOffset LastEngagedAt)
{
    public static ScoredLead Create(LeadCaptured captured) => new(Guid.Empty, captured.Source, Score: 0, Engagements: 0, captured.At);

    public static ScoredLead Apply(EngagementRecorded engagement, ScoredLead lead) => lead with
    {
        Score = lead.Score + PointsOf(engagement.Type),
        Engagements = lead.Engagements + 1,
        LastEngagedAt = engagement.OccurredAt > lead.LastEngagedAt ? engagement.OccurredAt : lead.LastEngagedAt,
    };

    private static decimal PointsOf(string type) => type switch
    {
        "demo_requested" => 50,
        "contact_form_submitted" => 30,
        "webinar_attended" => 20,
        "content_downloaded" => 15,
        "pricing_page_viewed" => 10,
        _ => 1,
    };
}

internal sealed record Receipt(Guid EngagementId, bool Duplicate, Guid LeadId);

internal sealed record BatchReceipt(int Recorded, int Duplicates, int Rejected, int Posted);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Engagement))]
[JsonSerializable(typeof(EngagementBatch))]
[JsonSerializable(typeof(Receipt))]
[JsonSerializable(typeof(BatchReceipt))]
[JsonSerializable(typeof(LeadCaptured))]
[JsonSerializable(typeof(EngagementRecorded))]
[JsonSerializable(typeof(ScoredLead))]
internal sealed partial class IdiomaticJson : JsonSerializerContext;
