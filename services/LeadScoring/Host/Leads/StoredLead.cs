using System.Text.Json;
using System.Text.Json.Serialization;
using LeadScoring.Domain;
using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Host.Leads;

/// <summary>
/// A lead as JSON says it. It is written at every change, so what is empty, or as another member says already, is left out; a person can
/// read it still.
/// </summary>
internal sealed record StoredLead
{
    private static readonly IReadOnlyDictionary<string, Scalar> NoAttributes = new Dictionary<string, Scalar>();

    /// <summary>Left out where the document around it says it.</summary>
    public Guid Id { get; init; }

    public long Version { get; init; }

    public Stage Stage { get; init; }

    /// <summary>Null: since it was captured.</summary>
    public DateTimeOffset? StageSince { get; init; }

    /// <summary>Null: the first.</summary>
    public int? Cycle { get; init; }

    public bool QualifiedThisCycle { get; init; }

    public DateTimeOffset? CountFrom { get; init; }

    public DateTimeOffset? CoolDownUntil { get; init; }

    public CycleEnd? LastCycleEnd { get; init; }

    public DateTimeOffset? FastTrackedAt { get; init; }

    public DateTimeOffset CapturedAt { get; init; }

    public DateTimeOffset LatestAt { get; init; }

    public IReadOnlyList<Identity>? Identities { get; init; }

    public IReadOnlyList<IdentityConflict>? Conflicts { get; init; }

    public IReadOnlyDictionary<string, Scalar>? Attributes { get; init; }

    /// <summary>Null: none.</summary>
    public StoredTally? Engagements { get; init; }

    public required StoredScore Score { get; init; }

    public string? Owner { get; init; }

    public Handoff? Handoff { get; init; }

    public bool DisqualifiedByRejection { get; init; }

    public Opportunity? Opportunity { get; init; }

    public NurturePlace? Nurture { get; init; }

    public NurtureWish? NurtureWish { get; init; }

    public ModelHold? Hold { get; init; }

    public static StoredLead Of(Lead lead) => new()
    {
        Version = lead.Version,
        Stage = lead.Stage,
        StageSince = Unless(lead.CapturedAt, lead.StageSince),
        Cycle = lead.Cycle == 1 ? null : lead.Cycle,
        QualifiedThisCycle = lead.QualifiedThisCycle,
        CountFrom = lead.CountFrom,
        CoolDownUntil = lead.CoolDownUntil,
        LastCycleEnd = lead.LastCycleEnd,
        FastTrackedAt = lead.FastTrackedAt,
        CapturedAt = lead.CapturedAt,
        LatestAt = lead.LatestAt,
        Identities = UnlessEmpty(lead.Identities),
        Conflicts = UnlessEmpty(lead.Conflicts),
        Attributes = lead.Attributes.Count == 0 ? null : lead.Attributes,
        Engagements = lead.Engagements.Count == 0 ? null : StoredTally.Of(lead.Engagements, lead.LatestAt),
        Score = StoredScore.Of(lead.Score, lead.LatestAt),
        Owner = lead.Owner,
        Handoff = lead.Handoff,
        DisqualifiedByRejection = lead.DisqualifiedByRejection,
        Opportunity = lead.Opportunity,
        Nurture = lead.Nurture,
        NurtureWish = lead.NurtureWish,
        Hold = lead.Hold,
    };

    public Lead ToLead(Guid id) => new()
    {
        Id = id,
        Version = Version,
        Stage = Stage,
        StageSince = StageSince ?? CapturedAt,
        Cycle = Cycle ?? 1,
        QualifiedThisCycle = QualifiedThisCycle,
        CountFrom = CountFrom,
        CoolDownUntil = CoolDownUntil,
        LastCycleEnd = LastCycleEnd,
        FastTrackedAt = FastTrackedAt,
        CapturedAt = CapturedAt,
        LatestAt = LatestAt,
        Identities = Identities ?? [],
        Conflicts = Conflicts ?? [],
        Attributes = Attributes ?? NoAttributes,
        Engagements = Engagements?.ToTally(LatestAt) ?? EngagementTally.None,
        Score = Score.ToScore(LatestAt),
        Owner = Owner,
        Handoff = Handoff,
        DisqualifiedByRejection = DisqualifiedByRejection,
        Opportunity = Opportunity,
        Nurture = Nurture,
        NurtureWish = NurtureWish,
        Hold = Hold,
    };

    internal static DateTimeOffset? Unless(DateTimeOffset said, DateTimeOffset? value) => value == said ? null : value;

    internal static IReadOnlyList<T>? UnlessEmpty<T>(IReadOnlyList<T> values) => values.Count == 0 ? null : values;
}

/// <summary>Counts of a lead's engagements.</summary>
internal sealed record StoredTally
{
    public required int Count { get; init; }

    public DateTimeOffset? FirstAt { get; init; }

    /// <summary>Null: the lead's latest fact.</summary>
    public DateTimeOffset? LastAt { get; init; }

    public required IReadOnlyDictionary<string, int> CountByType { get; init; }

    public IReadOnlyList<string>? Sources { get; init; }

    public IReadOnlyList<string>? Campaigns { get; init; }

    public IReadOnlyList<string>? Products { get; init; }

    public ProductInterest? LatestProduct { get; init; }

    public static StoredTally Of(EngagementTally tally, DateTimeOffset latestAt) => new()
    {
        Count = tally.Count,
        FirstAt = tally.FirstAt,
        LastAt = StoredLead.Unless(latestAt, tally.LastAt),
        CountByType = tally.CountByType,
        Sources = StoredLead.UnlessEmpty(tally.Sources),
        Campaigns = StoredLead.UnlessEmpty(tally.Campaigns),
        Products = StoredLead.UnlessEmpty(tally.Products),
        LatestProduct = tally.LatestProduct,
    };

    public EngagementTally ToTally(DateTimeOffset latestAt) =>
        new(Count, FirstAt, LastAt ?? latestAt, CountByType, Sources ?? [], Campaigns ?? [], Products ?? [], LatestProduct);
}

/// <summary>What a lead's score is made of.</summary>
internal sealed record StoredScore
{
    public required string ModelId { get; init; }

    /// <summary>Null: the lead's latest fact.</summary>
    public DateTimeOffset? Latest { get; init; }

    public bool IsInexact { get; init; }

    public IReadOnlyList<RuleSum>? Rules { get; init; }

    public ClickTrace? Clicks { get; init; }

    public static StoredScore Of(ScoreState score, DateTimeOffset latestAt) => new()
    {
        ModelId = score.ModelId,
        Latest = StoredLead.Unless(latestAt, score.Latest),
        IsInexact = !score.Exact,
        Rules = StoredLead.UnlessEmpty(score.Rules),
        Clicks = score.Clicks,
    };

    public ScoreState ToScore(DateTimeOffset latestAt) => new(ModelId, Latest ?? latestAt, !IsInexact, Rules ?? []) { Clicks = Clicks };
}

/// <summary>A lead's document as JSON says it.</summary>
internal sealed record StoredLeadDocument
{
    public required Guid Id { get; init; }

    public required StoredLead Lead { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    public double Score { get; init; }

    /// <summary>Null: when it was updated.</summary>
    public DateTimeOffset? ScoreAsOf { get; init; }

    public Grade Grade { get; init; }

    public DateTimeOffset? RefreshDueAt { get; init; }

    public DateTimeOffset? TimerDueAt { get; init; }

    public static StoredLeadDocument Of(LeadDocument document) => new()
    {
        Id = document.Id,
        Lead = StoredLead.Of(document.Lead),
        UpdatedAt = document.UpdatedAt,
        Score = document.Score,
        ScoreAsOf = StoredLead.Unless(document.UpdatedAt, document.ScoreAsOf),
        Grade = document.Grade,
        RefreshDueAt = document.RefreshDueAt,
        TimerDueAt = document.TimerDueAt,
    };

    public LeadDocument ToDocument() => new()
    {
        Id = Id,
        Lead = Lead.ToLead(Id),
        UpdatedAt = UpdatedAt,
        Score = Score,
        ScoreAsOf = ScoreAsOf ?? UpdatedAt,
        Grade = Grade,
        RefreshDueAt = RefreshDueAt,
        TimerDueAt = TimerDueAt,
    };
}

/// <summary>Leads and identities as JSON: defaults left out, codes as texts, instants in UTC, a rule's sum in one line.</summary>
[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    Converters = [typeof(RuleSumJson), typeof(UtcJson)])]
[JsonSerializable(typeof(StoredLeadDocument))]
[JsonSerializable(typeof(LeadIdentity))]
internal sealed partial class LeadJsonContext : JsonSerializerContext;

/// <summary>For Marten, which writes documents as their own types.</summary>
internal sealed class LeadDocumentJson : JsonConverter<LeadDocument>
{
    public override LeadDocument Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonSerializer.Deserialize(ref reader, LeadJsonContext.Default.StoredLeadDocument)!.ToDocument();

    public override void Write(Utf8JsonWriter writer, LeadDocument value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, StoredLeadDocument.Of(value), LeadJsonContext.Default.StoredLeadDocument);
}

/// <summary>Of documents that hold a lead.</summary>
internal sealed class StoredLeadJson : JsonConverter<Lead>
{
    public override Lead Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonSerializer.Deserialize(ref reader, LeadJsonContext.Default.StoredLead) is { } stored
            ? stored.ToLead(stored.Id)
            : throw new JsonException("A lead is missing.");

    public override void Write(Utf8JsonWriter writer, Lead value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, StoredLead.Of(value) with { Id = value.Id }, LeadJsonContext.Default.StoredLead);
}

/// <summary><c>"2026-03-01T12:00:00Z"</c></summary>
internal sealed class UtcJson : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(value.UtcDateTime);
}

/// <summary>
/// <c>["webinar attended", 25, null, "2026-03-01T12:00:00Z", 1]</c>, and the days of a rule with a frequency cap. Its third is the part of the points
/// that counts in the current cycle; null: all of them.
/// </summary>
/// <remarks>A document is written at every change, and most of it are these: with names for their members it would be half as long again.</remarks>
internal sealed class RuleSumJson : JsonConverter<RuleSum>
{
    public override RuleSum Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("A rule's sum is an array.");
        Next(ref reader);
        var rule = reader.GetString() ?? throw new JsonException("A rule's sum begins with the rule.");
        Next(ref reader);
        var points = reader.GetDouble();
        Next(ref reader);
        var inCycle = reader.TokenType == JsonTokenType.Null ? points : reader.GetDouble();
        Next(ref reader);
        var at = reader.GetDateTimeOffset();
        Next(ref reader);
        var engagements = reader.GetInt32();
        Next(ref reader);
        List<FrequencyDay>? days = null;
        while (reader.TokenType != JsonTokenType.EndArray)
        {
            (days ??= []).Add(ReadDay(ref reader));
            Next(ref reader);
        }

        return new(rule, points, inCycle, at, engagements, days);
    }

    public override void Write(Utf8JsonWriter writer, RuleSum value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        writer.WriteStartArray();
        writer.WriteStringValue(value.Rule);
        writer.WriteNumberValue(value.Points);
        if (value.InCycle.Equals(value.Points)) writer.WriteNullValue();
        else writer.WriteNumberValue(value.InCycle);
        writer.WriteStringValue(value.At.UtcDateTime);
        writer.WriteNumberValue(value.Engagements);
        for (var i = 0; i < (value.Days?.Count ?? 0); i++)
        {
            writer.WriteStartArray();
            writer.WriteNumberValue(value.Days![i].Day);
            foreach (var ticks in value.Days[i].Ticks) writer.WriteNumberValue(ticks);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
    }

    private static FrequencyDay ReadDay(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("A day is an array.");
        Next(ref reader);
        var day = reader.GetInt32();
        var ticks = new List<long>();
        for (Next(ref reader); reader.TokenType != JsonTokenType.EndArray; Next(ref reader)) ticks.Add(reader.GetInt64());
        return new(day, ticks);
    }

    private static void Next(ref Utf8JsonReader reader)
    {
        if (!reader.Read()) throw new JsonException("A rule's sum is cut short.");
    }
}
