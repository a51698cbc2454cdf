using System.Text.Json.Serialization;

namespace LeadScoring.Contracts;

/// <summary>An engagement as its producer named it.</summary>
public sealed record EngagementKey(string Source, string Id);

/// <summary>Engagements that occurred in a window of time; what is left out may be anything.</summary>
/// <param name="From">When they occurred: from this instant on.</param>
/// <param name="To">And before this; not in the future.</param>
public sealed record EngagementFilter(
    DateTimeOffset From, DateTimeOffset To, string? Source = null, string? Type = null, string? Campaign = null);

/// <summary>Engagements were none: bots' clicks, a bad import.</summary>
/// <param name="RetractionId">A UUID of the client's. Sent again with the same body, it is the same retraction.</param>
/// <param name="Reason">For the timeline, and for sales where it has the lead; at most 500 characters.</param>
/// <param name="Ids">1 to 1,000; either these or a filter.</param>
/// <param name="DryRun">Only says what it would be about; sent again without, exactly that is retracted.</param>
public sealed record RetractionRequest(
    Guid RetractionId,
    string Actor,
    string Reason,
    IReadOnlyList<EngagementKey>? Ids = null,
    EngagementFilter? Filter = null,
    bool DryRun = false);

/// <summary>Engagements are genuine: retracted ones count again, suspected bots count.</summary>
/// <param name="RestorationId">A UUID of the client's. Sent again with the same body, it is the same restoration.</param>
/// <param name="Ids">1 to 1,000; either these or a retraction.</param>
/// <param name="RetractionId">The retraction that is undone, unless something was retracted again since.</param>
public sealed record RestorationRequest(
    Guid RestorationId,
    string Actor,
    string Reason,
    IReadOnlyList<EngagementKey>? Ids = null,
    Guid? RetractionId = null);

/// <summary>How far a retraction or restoration is.</summary>
[JsonConverter(typeof(SnakeCaseEnum<RetractionState>))]
public enum RetractionState
{
    /// <summary>The log is searched for the engagements.</summary>
    Finding,

    /// <summary>A dry run: they are known, and nothing is done.</summary>
    Found,

    /// <summary>Lead by lead it is done.</summary>
    Applying,

    Done,

    /// <summary>See <c>failure</c>.</summary>
    Failed,
}

/// <param name="Id">The retraction's or the restoration's.</param>
/// <param name="DryRun">Nothing was or will be done.</param>
/// <param name="Engagements">How many it is about so far, those included that were retracted (or restored) before.</param>
/// <param name="UnknownIds">How many of the named ones nobody has posted.</param>
/// <param name="Leads">How many leads have them.</param>
/// <param name="LeadsDone">For how many it is done.</param>
/// <param name="LeadsByStage">The leads by the stage they are in now; stages without any are left out.</param>
/// <param name="Failure">
/// <c>too_many_engagements</c>: more than 100,000, nothing was done; <c>internal_error</c>: not all of it was done. Absent otherwise.
/// </param>
public sealed record RetractionView(
    Guid Id,
    RetractionState State,
    bool DryRun,
    string Actor,
    string Reason,
    int Engagements,
    int UnknownIds,
    int Leads,
    int LeadsDone,
    IReadOnlyDictionary<string, int> LeadsByStage,
    DateTimeOffset CreatedAt,
    DateTimeOffset? FinishedAt = null,
    string? Failure = null);
