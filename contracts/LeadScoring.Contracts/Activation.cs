using System.Text.Json.Serialization;

namespace LeadScoring.Contracts;

/// <summary>How far an activation has come.</summary>
[JsonConverter(typeof(SnakeCaseEnum<ActivationState>))]
public enum ActivationState
{
    /// <summary>The version does not hold yet.</summary>
    Scheduled,

    /// <summary>It holds; the leads that nothing happens to are still to be scored under it.</summary>
    Pending,
    Running,
    Finished,

    /// <summary>Another version has begun to hold since.</summary>
    Superseded,
}

/// <summary>The latest activation of a version, and how far the pass is that scores all leads under it.</summary>
/// <param name="Walk">1-based: how often the pass began with the first lead. It does so again after a rebuild.</param>
/// <param name="LeadsTotal">Leads there were when the walk began.</param>
/// <param name="LeadsDone">Looked at by now.</param>
/// <param name="LeadsRescored">Of these, the ones nothing had happened to since the version holds.</param>
/// <param name="LeadsCrossed">Of these, the ones that were held because they crossed only by the change.</param>
/// <param name="LeadsFailed">Of these, the ones that could not be read.</param>
/// <param name="LeadsPerSecond">Of the walk so far, its rests included.</param>
/// <param name="SecondsLeft">At that rate.</param>
/// <param name="LeadsHeld">Waiting for marketing now.</param>
public sealed record ActivationView(
    int Version,
    string ModelId,
    DateTimeOffset ActiveFrom,
    ActivationState State,
    int Walk,
    long LeadsTotal,
    long LeadsDone,
    long LeadsRescored,
    long LeadsCrossed,
    long LeadsFailed,
    long LeadsHeld,
    double? LeadsPerSecond = null,
    double? SecondsLeft = null,
    DateTimeOffset? StartedAt = null,
    DateTimeOffset? FinishedAt = null);

/// <summary>A lead that crossed only because the model changed, and waits for marketing.</summary>
/// <param name="Score">The stored EngagementScore, one decimal, at <paramref name="ScoreAsOf"/>.</param>
/// <param name="Rating">Grade and score together.</param>
/// <param name="CoolDownUntil">It came back from sales and is not released before this; left out: no cool-down.</param>
/// <param name="Version">The lead's version; the ETag.</param>
public sealed record HeldLead(
    Guid LeadId,
    decimal Score,
    DateTimeOffset ScoreAsOf,
    Grade Grade,
    string Rating,
    string? Email,
    string? Name,
    string? Company,
    DateTimeOffset HeldSince,
    DateTimeOffset? CoolDownUntil,
    long Version);

/// <param name="CountByGrade">Of all that are held for the version, whatever the filter.</param>
/// <param name="NextCursor">Pass as <c>cursor</c> for the next page; null on the last.</param>
public sealed record HeldLeadPage(IReadOnlyList<HeldLead> Leads, IReadOnlyDictionary<string, long> CountByGrade, string? NextCursor);

/// <summary>Hands held leads off to sales, the best score first.</summary>
/// <param name="Id">The client's name for the release, 1 to 64 characters: a repeat means the same release and sends nothing twice.</param>
/// <param name="Actor">Who decided, 1 to 128 characters.</param>
/// <param name="Grades">Only these; left out: all.</param>
/// <param name="Count">So many now, 1 to 1000. Exactly one of this and <paramref name="PerDay"/>.</param>
/// <param name="PerDay">So many each UTC day, 1 to 10000, until none is left or the release is cancelled.</param>
/// <param name="Note">At most 1000 characters; recorded with each handoff.</param>
public sealed record ReleaseRequest(
    string Id, string Actor, IReadOnlyList<Grade>? Grades = null, int? Count = null, int? PerDay = null, string? Note = null);

/// <summary>What became of a release.</summary>
[JsonConverter(typeof(SnakeCaseEnum<ReleaseState>))]
public enum ReleaseState
{
    Open,
    Ended,
    Cancelled,
}

/// <param name="Released">Leads handed off by it.</param>
/// <param name="ReleasedToday">Of these, today, UTC.</param>
/// <param name="Resting">Passed over because their cool-down has not ended.</param>
/// <param name="FellShort">Passed over because they did not meet the definition any more when it was their turn: points decay, evidence is retracted, another model holds. They stay held.</param>
public sealed record ReleaseView(
    string Id,
    int ModelVersion,
    ReleaseState State,
    IReadOnlyList<Grade> Grades,
    int? Count,
    int? PerDay,
    string Actor,
    string? Note,
    long Released,
    long ReleasedToday,
    long Resting,
    long FellShort,
    DateTimeOffset CreatedAt,
    DateTimeOffset? EndedAt);

/// <summary>The latest releases of a version, the youngest first.</summary>
public sealed record ReleaseList(IReadOnlyList<ReleaseView> Releases);

/// <param name="Actor">Who decided, 1 to 128 characters.</param>
public sealed record CancelReleaseRequest(string Actor);

/// <summary>Drops held leads: they stay inquiries, and qualify only by what they do. Exactly one of grades, leadIds and all.</summary>
/// <param name="LeadIds">At most 1000.</param>
/// <param name="All">True: whatever is held for the version.</param>
public sealed record DropRequest(
    string Actor, IReadOnlyList<Grade>? Grades = null, IReadOnlyList<Guid>? LeadIds = null, bool? All = null, string? Note = null);

/// <param name="Dropped">By this request, at most 1000.</param>
/// <param name="Left">Of those asked for, still held: repeat the request while there are any.</param>
public sealed record DropReceipt(int Dropped, long Left);

/// <summary>On a lead: it crossed only because the model changed.</summary>
/// <param name="ModelVersion">The version it crosses under.</param>
/// <param name="Dropped">Marketing does not want it for that.</param>
public sealed record LeadHold(int ModelVersion, DateTimeOffset Since, bool Dropped);
