using System.Text.Json;
using System.Text.Json.Serialization;

namespace LeadScoring.Contracts;

/// <summary>
/// The types of published events: the <c>type</c> of the CloudEvent and the routing key on the broker. A version never
/// changes but by additional optional members.
/// </summary>
public static class IntegrationEventTypes
{
    public const string LeadAutomationQualified = "leadscoring.lead.automation_qualified.v1";
    public const string LeadMarketingQualified = "leadscoring.lead.marketing_qualified.v1";
    public const string LeadSalesAccepted = "leadscoring.lead.sales_accepted.v1";
    public const string LeadSalesRejected = "leadscoring.lead.sales_rejected.v1";
    public const string LeadRecycled = "leadscoring.lead.recycled.v1";
    public const string LeadDisqualified = "leadscoring.lead.disqualified.v1";
    public const string LeadReinstated = "leadscoring.lead.reinstated.v1";
    public const string LeadAcceptanceDueSoon = "leadscoring.lead.acceptance_due_soon.v1";
    public const string LeadAcceptanceOverdue = "leadscoring.lead.acceptance_overdue.v1";
    public const string LeadEvidenceRetracted = "leadscoring.lead.evidence_retracted.v1";
    public const string OpportunityOpened = "leadscoring.opportunity.opened.v1";
    public const string OpportunityWon = "leadscoring.opportunity.won.v1";
    public const string OpportunityLost = "leadscoring.opportunity.lost.v1";
    public const string NurtureStepDue = "leadscoring.nurture.step_due.v1";

    /// <summary>A webhook subscription was disabled because its endpoint does not take events.</summary>
    public const string SubscriptionDisabled = "leadscoring.subscription.disabled.v1";

    /// <summary>Sent to one endpoint on request, to try it; never part of the feed.</summary>
    public const string SubscriptionTest = "leadscoring.subscription.test.v1";

    /// <summary>Everything the feed can hold.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        LeadAutomationQualified, LeadMarketingQualified, LeadSalesAccepted, LeadSalesRejected, LeadRecycled, LeadDisqualified,
        LeadReinstated, LeadAcceptanceDueSoon, LeadAcceptanceOverdue, LeadEvidenceRetracted, OpportunityOpened, OpportunityWon,
        OpportunityLost, NurtureStepDue, SubscriptionDisabled,
    ];
}

/// <summary>Who an event is about, as known at its instant.</summary>
/// <param name="ExternalId">The first of its kind that was linked; so are the e-mail and the anonymous id.</param>
/// <param name="Url">The lead in the API.</param>
public sealed record EventLead(
    Guid LeadId, string? ExternalId, string? Email, string? AnonymousId, string? Name, string? Company, string Url);

/// <summary>What the model said at the instant of the decision.</summary>
/// <param name="Score">EngagementScore, one decimal.</param>
/// <param name="QualifyingScore">The part from engagements of this cycle, which the threshold was held against.</param>
/// <param name="Fit">Fit points behind the grade.</param>
/// <param name="Rating">Grade and score, e.g. <c>A 87</c>.</param>
/// <param name="ModelId">Version and fingerprint of the model, e.g. <c>1-9f2c01d4</c>.</param>
/// <param name="Contributions">Largest first, at most 20.</param>
public sealed record EventJudgement(
    decimal Score,
    decimal QualifyingScore,
    decimal Fit,
    Grade Grade,
    string Rating,
    string ModelId,
    int ModelVersion,
    IReadOnlyList<EventContribution> Contributions);

/// <param name="Rule">A rule of the model, or <c>floor</c> or <c>ceiling</c> for the correction.</param>
/// <param name="Points">Decayed, after the rule's cap; six decimals.</param>
/// <param name="Engagements">How many engagements counted.</param>
/// <param name="Reason">The same in words.</param>
public sealed record EventContribution(string Rule, decimal Points, int Engagements, string Reason);

/// <summary>One engagement in a handoff's story.</summary>
public sealed record EventEngagement(
    string Type,
    DateTimeOffset OccurredAt,
    string Source,
    string? Campaign = null,
    string? Channel = null,
    string? Asset = null,
    string? Product = null);

/// <summary>What the lead had done when it was handed off.</summary>
/// <param name="CountByType">Types beyond 50 are counted together as <c>other</c>.</param>
/// <param name="FirstTouch">The engagement that occurred first; so is <paramref name="LastTouch"/> the one that occurred last.</param>
/// <param name="Campaigns">The first 50 there were.</param>
/// <param name="Products">What it showed interest in, the first 50 there were.</param>
/// <param name="Latest">By when they occurred, latest first, at most 20.</param>
public sealed record EventEngagements(
    int Count,
    IReadOnlyDictionary<string, int> CountByType,
    DateTimeOffset? FirstAt,
    DateTimeOffset? LastAt,
    EventEngagement? FirstTouch,
    EventEngagement? LastTouch,
    IReadOnlyList<string> Campaigns,
    IReadOnlyList<string> Products,
    IReadOnlyList<EventEngagement> Latest);

/// <summary>The lead met the definition and waits for marketing's review.</summary>
public sealed record LeadAutomationQualifiedV1(EventLead Lead, int Cycle, DateTimeOffset At, EventJudgement Judgement);

/// <summary>The handoff: the whole story, frozen at the instant of the decision.</summary>
/// <param name="Actor">Who in marketing qualified it; absent when the model did.</param>
/// <param name="AcceptanceDueAt">By when sales has to answer.</param>
public sealed record LeadMarketingQualifiedV1(
    EventLead Lead,
    int Cycle,
    DateTimeOffset At,
    QualificationReason Reason,
    string? Actor,
    string? Note,
    EventJudgement Judgement,
    LeadIdentities Identities,
    IReadOnlyDictionary<string, JsonElement> Attributes,
    EventEngagements Engagements,
    DateTimeOffset AcceptanceDueAt);

/// <param name="HandedOffAt">When sales got the lead in this cycle.</param>
/// <param name="SpeedToLeadSeconds">From the handoff to this answer.</param>
/// <param name="Overdue">The answer came after it was due.</param>
public sealed record LeadSalesAcceptedV1(
    EventLead Lead,
    int Cycle,
    DateTimeOffset At,
    string Actor,
    string Owner,
    string? Note,
    DateTimeOffset? HandedOffAt,
    double? SpeedToLeadSeconds,
    bool Overdue);

/// <summary>Sales said no before any contact; a recycle or a disqualification follows.</summary>
public sealed record LeadSalesRejectedV1(
    EventLead Lead, int Cycle, DateTimeOffset At, string Actor, RejectionReason Reason, string? Note);

/// <param name="Cycle">The cycle that ended.</param>
public sealed record LeadRecycledV1(
    EventLead Lead, int Cycle, DateTimeOffset At, string Actor, RecycleReason Reason, string? Note, DateTimeOffset CoolDownUntil);

/// <param name="Rejection">Set when sales' rejection was the cause.</param>
public sealed record LeadDisqualifiedV1(
    EventLead Lead,
    int Cycle,
    DateTimeOffset At,
    string Actor,
    DisqualificationReason Reason,
    RejectionReason? Rejection,
    string? Note);

/// <param name="Cycle">The cycle that goes on or begins.</param>
public sealed record LeadReinstatedV1(EventLead Lead, int Cycle, DateTimeOffset At, string Actor, string? Note);

/// <summary>Sales' answer is due soon, or overdue.</summary>
/// <param name="HandedOffAt">When sales got the lead.</param>
/// <param name="EscalateTo">Whom the tenant wants told, e.g. a team's address; absent: nobody.</param>
public sealed record LeadAcceptanceV1(
    EventLead Lead, int Cycle, DateTimeOffset At, DateTimeOffset AcceptanceDueAt, DateTimeOffset? HandedOffAt, string? EscalateTo);

/// <summary>
/// Engagements turned out to be none (a bot's clicks, a bad import) after the lead was handed off. It is not taken back.
/// </summary>
/// <param name="Cycle">Of the handoff.</param>
/// <param name="HandedOffAt">When sales got the lead.</param>
/// <param name="Owner">The salesperson who has the lead; absent: nobody has accepted it.</param>
/// <param name="Engagements">How many of those that had occurred by the handoff, 1 or more.</param>
/// <param name="ScoreAtHandoff">As sales was told, one decimal.</param>
/// <param name="Score">What it would have been told without them.</param>
/// <param name="Reason">Why, in the words of whoever retracted them.</param>
/// <param name="RetractionId">The retraction they were part of.</param>
public sealed record LeadEvidenceRetractedV1(
    EventLead Lead,
    int Cycle,
    DateTimeOffset At,
    string Actor,
    string Reason,
    Guid RetractionId,
    DateTimeOffset? HandedOffAt,
    string? Owner,
    int Engagements,
    decimal ScoreAtHandoff,
    decimal Score);

/// <param name="Owner">The salesperson who has the lead.</param>
/// <param name="Currency">ISO 4217; present exactly when the amount is.</param>
public sealed record OpportunityOpenedV1(
    EventLead Lead, int Cycle, DateTimeOffset At, string Actor, string? Owner, decimal? Amount, string? Currency, string? Note);

/// <param name="Amount">As won, or as the opportunity was opened with.</param>
public sealed record OpportunityWonV1(
    EventLead Lead, int Cycle, DateTimeOffset At, string Actor, string? Owner, decimal? Amount, string? Currency, string? Note);

public sealed record OpportunityLostV1(
    EventLead Lead, int Cycle, DateTimeOffset At, string Actor, string? Owner, LossReason Reason, string? Note);

/// <summary>A step of the tenant's cadence is due for a lead.</summary>
/// <param name="Step">1-based place in the cadence.</param>
/// <param name="Day">Days after the lead entered.</param>
/// <param name="Channel">E.g. <c>email</c>, <c>call</c>, <c>direct_mail</c>.</param>
/// <param name="Product">What the lead showed interest in, to speak to; absent: nothing is known.</param>
/// <param name="StartedAt">When the lead entered the cadence.</param>
/// <param name="NextStepAt">When the next step will be due; absent: this was the last.</param>
public sealed record NurtureStepDueV1(
    EventLead Lead,
    int Cycle,
    DateTimeOffset At,
    int Step,
    int Day,
    string Channel,
    string? Product,
    DateTimeOffset StartedAt,
    DateTimeOffset? NextStepAt);

/// <summary>Why a subscription no longer gets events.</summary>
[JsonConverter(typeof(SnakeCaseEnum<SubscriptionDisabledReason>))]
public enum SubscriptionDisabledReason
{
    /// <summary>Somebody switched it off.</summary>
    ByRequest,

    /// <summary>The endpoint answered 410 Gone.</summary>
    Gone,

    /// <summary>Every attempt failed for five days.</summary>
    Failing,
}

public sealed record SubscriptionDisabledV1(Guid SubscriptionId, SubscriptionDisabledReason Reason, DateTimeOffset At);

/// <summary>What is published, as CloudEvents 1.0 writes it: <c>application/cloudevents+json</c>, structured mode.</summary>
/// <param name="Specversion"><c>1.0</c>.</param>
/// <param name="Id">The same however often the event is sent: what repeats are told by.</param>
/// <param name="Source"><c>/leadscoring/{tenant}</c>.</param>
/// <param name="Type">One of <see cref="IntegrationEventTypes.All"/>.</param>
/// <param name="Subject">The lead's id, or the subscription's.</param>
/// <param name="Time">When it was decided.</param>
/// <param name="Datacontenttype"><c>application/json</c>.</param>
/// <param name="Sequence">The position in the tenant's feed, a whole number as text: 1, 2, 3, ... without a gap.</param>
/// <param name="Traceparent">W3C trace context of the request that led to it; absent when it is not known.</param>
/// <param name="Traceid">Its trace id alone.</param>
/// <param name="Data">By <paramref name="Type"/>; see <c>contracts/events</c>.</param>
public sealed record CloudEvent(
    string Specversion,
    Guid Id,
    string Source,
    string Type,
    string Subject,
    DateTimeOffset Time,
    string Datacontenttype,
    string Tenantid,
    string Sequence,
    string? Traceparent,
    string? Traceid,
    JsonElement Data);

/// <summary>The feed, page by page: a consumer that keeps <paramref name="NextAfter"/> misses nothing.</summary>
/// <param name="Events">In order of position.</param>
/// <param name="NextAfter">Pass as <c>after</c> for what follows; it moves past events of other types too.</param>
/// <param name="Head">The last position there was; equal to <paramref name="NextAfter"/> when nothing is left.</param>
public sealed record FeedPageView(IReadOnlyList<CloudEvent> Events, long NextAfter, long Head);
