using System.Text.Json;

namespace LeadScoring.Contracts;

/// <summary>A lead in a list or a receipt.</summary>
/// <param name="Score">EngagementScore, one decimal, at <paramref name="ScoreAsOf"/>.</param>
/// <param name="ScoreAsOf">In lists the stored score's instant: within max(0.5 point, 1 %) of now.</param>
/// <param name="Rating">Grade and score together, e.g. <c>A 87</c>.</param>
/// <param name="Fit">Fit points behind the grade.</param>
/// <param name="AcceptanceDueAt">Set while a handoff waits for sales' answer.</param>
/// <param name="Version">The stream's version; the ETag.</param>
public sealed record LeadSummary(
    Guid LeadId,
    Stage Stage,
    int Cycle,
    decimal Score,
    DateTimeOffset ScoreAsOf,
    Grade Grade,
    decimal Fit,
    string Rating,
    string? Email,
    string? Name,
    string? Company,
    string? Owner,
    DateTimeOffset? LastEngagedAt,
    DateTimeOffset? AcceptanceDueAt,
    DateTimeOffset UpdatedAt,
    long Version);

/// <param name="NextCursor">Pass as <c>cursor</c> for the next page; null on the last.</param>
public sealed record LeadPage(IReadOnlyList<LeadSummary> Leads, string? NextCursor);

public sealed record LeadIdentities(
    IReadOnlyList<string> ExternalIds, IReadOnlyList<string> Emails, IReadOnlyList<string> AnonymousIds);

/// <summary>An engagement once stated this lead together with another one.</summary>
public sealed record LeadConflict(IdentityKind Kind, Guid LeadId);

public sealed record LeadEngagements(
    int Count,
    DateTimeOffset? FirstAt,
    DateTimeOffset? LastAt,
    IReadOnlyDictionary<string, int> CountByType,
    IReadOnlyList<string> Sources,
    IReadOnlyList<string> Campaigns,
    IReadOnlyList<string> Products);

/// <summary>What sales was shown, frozen when the lead was handed off, and how it answered.</summary>
/// <param name="AcceptanceDueSoonAt">When sales is reminded, unless it has answered; absent: never.</param>
/// <param name="AnsweredAt">When it was accepted, rejected or taken out; absent: not yet.</param>
/// <param name="SpeedToLeadSeconds">From the handoff to the answer.</param>
/// <param name="Overdue">The answer came after it was due, or is due and has not come.</param>
public sealed record LeadHandoff(
    int Cycle,
    QualificationReason Reason,
    decimal Score,
    Grade Grade,
    DateTimeOffset At,
    DateTimeOffset AcceptanceDueAt,
    DateTimeOffset? AcceptanceDueSoonAt = null,
    DateTimeOffset? AnsweredAt = null,
    double? SpeedToLeadSeconds = null,
    bool Overdue = false);

/// <summary>The lead's place in the nurture cadence.</summary>
/// <param name="StartedAt">The steps' days count from here.</param>
/// <param name="Product">The latest it showed interest in; absent: nothing is known.</param>
/// <param name="NextStep">Absent: the lead has left the cadence, or had its last step.</param>
public sealed record LeadNurture(DateTimeOffset StartedAt, string? Product, LeadNurtureStep? NextStep);

/// <param name="Step">1-based place in the cadence.</param>
/// <param name="Day">Days after the lead entered.</param>
/// <param name="Channel">E.g. <c>email</c>, <c>call</c>, <c>direct_mail</c>.</param>
public sealed record LeadNurtureStep(int Step, int Day, string Channel, DateTimeOffset DueAt);

public sealed record LeadOpportunity(decimal? Amount, string? Currency, DateTimeOffset OpenedAt);

/// <summary>Everything known of one lead at an instant.</summary>
/// <param name="Score">EngagementScore, one decimal: the sum of the explanation's lines.</param>
/// <param name="QualifyingScore">The part from engagements of the current cycle, which the threshold is held against.</param>
/// <param name="CoolDownUntil">The lead cannot qualify before this; null: no cool-down.</param>
/// <param name="Held">Present when it crossed only because the model changed; absent once it has gone on.</param>
/// <param name="Nurture">Present once it has entered the nurture cadence in this cycle.</param>
/// <param name="Version">The stream's version; the ETag.</param>
/// <param name="Shadow">What the versions in shadow say of it; absent when there is none, and of past instants.</param>
public sealed record LeadView(
    Guid LeadId,
    Stage Stage,
    DateTimeOffset StageSince,
    int Cycle,
    decimal Score,
    decimal QualifyingScore,
    DateTimeOffset ScoreAsOf,
    Grade Grade,
    decimal Fit,
    string Rating,
    int ModelVersion,
    LeadIdentities Identities,
    IReadOnlyDictionary<string, JsonElement> Attributes,
    LeadEngagements Engagements,
    string? Owner,
    DateTimeOffset? CoolDownUntil,
    RecycleReason? LastRecycleReason,
    LeadHandoff? Handoff,
    LeadOpportunity? Opportunity,
    LeadNurture? Nurture,
    IReadOnlyList<LeadConflict> IdentityConflicts,
    DateTimeOffset CapturedAt,
    DateTimeOffset UpdatedAt,
    long Version,
    LeadHold? Held = null,
    IReadOnlyList<LeadShadow>? Shadow = null);

/// <summary>One line of the reason behind a score.</summary>
/// <param name="Points">Six decimals.</param>
/// <param name="BasePoints">What the rule gave before decay; null for corrections.</param>
public sealed record ScoreLine(
    ScoreLineKind Kind,
    string? Rule,
    decimal Points,
    double? BasePoints = null,
    string? EngagementType = null,
    string? Source = null,
    string? Id = null,
    DateTimeOffset? OccurredAt = null,
    string? Campaign = null,
    string? Asset = null,
    string? Product = null);

/// <summary>Points of one rule after cap, decayed.</summary>
public sealed record ScoreRuleTotal(string Rule, decimal Points, int Engagements);

/// <summary>One fit rule that holds.</summary>
public sealed record FitLine(string Rule, double Points);

/// <summary>Why a lead has its score. The points of all lines add up to <paramref name="Score"/> exactly, as shown.</summary>
/// <param name="Shadow">What the versions in shadow say of the lead; absent when there is none, and of past instants.</param>
public sealed record ScoreExplanation(
    Guid LeadId,
    decimal Score,
    DateTimeOffset At,
    int ModelVersion,
    string ModelId,
    Grade Grade,
    decimal Fit,
    IReadOnlyList<ScoreRuleTotal> Rules,
    IReadOnlyList<FitLine> FitLines,
    IReadOnlyList<ScoreLine> Lines,
    IReadOnlyList<LeadShadow>? Shadow = null);

/// <summary>How a lead stood right after something happened.</summary>
/// <param name="What">An engagement's type, a decision's stored name such as <c>marketing_qualified</c>, or the id of the model that began to hold.</param>
/// <param name="Score">EngagementScore, one decimal: what a look at the lead as of this instant shows.</param>
/// <param name="QualifyingScore">The part from engagements of the then current cycle.</param>
/// <param name="EventId">Absent when the model changed.</param>
public sealed record ScorePoint(
    DateTimeOffset At,
    ScorePointKind Kind,
    string What,
    decimal Score,
    decimal QualifyingScore,
    Grade Grade,
    Stage Stage,
    int ModelVersion,
    Guid? EventId = null);

/// <summary>A lead's score over its life, oldest point first. Between two points it only decays.</summary>
/// <param name="NextCursor">Pass as <c>cursor</c> for what follows; absent on the last page.</param>
public sealed record ScoreHistory(Guid LeadId, IReadOnlyList<ScorePoint> Points, string? NextCursor);

/// <summary>One event of the lead's story, newest first.</summary>
/// <param name="Type">Stored type name, e.g. <c>engagement_recorded</c>.</param>
/// <param name="At">When it happened.</param>
/// <param name="RecordedAt">When the service stored it.</param>
/// <param name="Summary">One sentence without personal data.</param>
/// <param name="Data">The event's body in camelCase.</param>
public sealed record TimelineEntry(
    long Version, Guid EventId, string Type, DateTimeOffset At, DateTimeOffset RecordedAt, string? Actor, string Summary, JsonElement Data);

public sealed record LeadTimeline(Guid LeadId, IReadOnlyList<TimelineEntry> Entries, string? NextCursor);

/// <summary>Exactly one of the three.</summary>
public sealed record LeadLookup(string? ExternalId = null, string? Email = null, string? AnonymousId = null);

/// <param name="Attributes">
/// snake_case name → value; null removes. At most 64 names; texts of at most 256 characters. <c>name</c>, <c>company</c>
/// and whatever the model's fit rules read are attributes.
/// </param>
public sealed record AttributesPatch(string Actor, IReadOnlyDictionary<string, JsonElement> Attributes);
