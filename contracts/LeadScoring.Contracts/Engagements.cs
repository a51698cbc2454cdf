using System.Text.Json;

namespace LeadScoring.Contracts;

/// <summary>Who did it: at least one of the four. The strongest that is known decides, in this order.</summary>
/// <param name="LeadId">A lead's id as this service gave it.</param>
/// <param name="ExternalId">The id of the person in another system, 1 to 128 characters.</param>
/// <param name="Email">Trimmed and lower-cased; at most 254 characters.</param>
/// <param name="AnonymousId">A visitor's id, e.g. from a cookie, 1 to 128 characters.</param>
public sealed record LeadReference(
    Guid? LeadId = null, string? ExternalId = null, string? Email = null, string? AnonymousId = null);

/// <summary>One thing a person did, as a producer posts it.</summary>
/// <param name="Id">The producer's own id of the fact, 1 to 128 characters; posting it again records nothing twice.</param>
/// <param name="Source">The producer, 1 to 64 characters.</param>
/// <param name="Type">snake_case, at most 64 characters, e.g. <c>content_downloaded</c>.</param>
/// <param name="OccurredAt">RFC 3339 with an offset; from 2000 on, at most 5 minutes ahead of the service's clock.</param>
/// <param name="Lead">Who did it.</param>
/// <param name="Campaign">At most 128 characters, like channel, asset and product.</param>
/// <param name="Properties">At most 32 scalars (text of at most 256 characters, number, true or false).</param>
public sealed record Engagement(
    string Id,
    string Source,
    string Type,
    DateTimeOffset OccurredAt,
    LeadReference Lead,
    string? Campaign = null,
    string? Channel = null,
    string? Asset = null,
    string? Product = null,
    IReadOnlyDictionary<string, JsonElement>? Properties = null);

/// <param name="Engagements">1 to 1000; one bad item never spoils the others.</param>
public sealed record EngagementBatch(IReadOnlyList<Engagement> Engagements);

/// <summary>Something a caller should know although the engagement was recorded.</summary>
/// <param name="Code"><c>identity_conflict</c> or <c>identity_limit_reached</c>.</param>
/// <param name="LeadIds">The leads concerned, the one that got the engagement first.</param>
public sealed record Warning(string Code, string Detail, IReadOnlyList<Guid> LeadIds);

/// <summary>The answer to one engagement: durable when it arrives.</summary>
/// <param name="EngagementId">The service's id of the fact, the same for every repeat.</param>
/// <param name="Duplicate">It was recorded before; nothing changed.</param>
/// <param name="Lead">The lead as it is now.</param>
public sealed record EngagementReceipt(
    Guid EngagementId, bool Duplicate, LeadSummary Lead, IReadOnlyList<Warning>? Warnings = null);

/// <param name="Result">recorded, duplicate or rejected.</param>
/// <param name="Problem">Set exactly when rejected.</param>
public sealed record EngagementBatchItem(
    EngagementOutcome Result,
    Guid? EngagementId = null,
    LeadSummary? Lead = null,
    IReadOnlyList<Warning>? Warnings = null,
    Problem? Problem = null);

/// <param name="Results">One per engagement, in the order posted.</param>
public sealed record EngagementBatchReceipt(
    int Recorded, int Duplicates, int Rejected, IReadOnlyList<EngagementBatchItem> Results);
