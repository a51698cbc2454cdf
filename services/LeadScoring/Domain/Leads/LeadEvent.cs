using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Qualification;

namespace LeadScoring.Domain.Leads;

/// <summary>
/// A fact about one lead. Stored type names are the snake_case of these names and frozen, and so are the members' names:
/// a changed shape gets an upcaster.
/// </summary>
public abstract record LeadEvent;

/// <summary>The first event of every lead's stream.</summary>
/// <param name="Source">The producer that first named this lead.</param>
public sealed record LeadCaptured(string Source, DateTimeOffset At) : LeadEvent;

/// <summary>A name was linked to the lead. Personal data stands here and in <see cref="AttributesChanged"/> only.</summary>
public sealed record IdentityLinked(IdentityKind Kind, string Value, DateTimeOffset At) : LeadEvent;

/// <summary>An engagement stated identities of two different leads; recorded on both.</summary>
/// <param name="Kind">The identity that belongs to the weaker lead.</param>
public sealed record IdentityConflictFound(IdentityKind Kind, Guid OtherLeadId, DateTimeOffset At) : LeadEvent;

/// <summary>What we know about the lead changed; a null value removes an attribute.</summary>
public sealed record AttributesChanged(
    IReadOnlyDictionary<string, Scalar?> Changes, string Actor, DateTimeOffset At) : LeadEvent;

/// <summary>One thing a person did. Holds no personal data and no points: what it is worth is the model's judgement.</summary>
/// <param name="Id">The producer's id, unique within (tenant, source).</param>
/// <param name="OccurredAt">When it happened; never later than it was recorded.</param>
/// <param name="StatedAt">What the producer's clock said, when that was ahead of ours; otherwise null.</param>
/// <param name="Properties">Null when there are none.</param>
public sealed record EngagementRecorded(
    string Source,
    string Id,
    string Type,
    DateTimeOffset OccurredAt,
    DateTimeOffset? StatedAt = null,
    string? Campaign = null,
    string? Channel = null,
    string? Asset = null,
    string? Product = null,
    IReadOnlyDictionary<string, Scalar>? Properties = null) : LeadEvent
{
    /// <summary>Whether both state the same fact: what a repeat of the same id must do.</summary>
    public bool SaysTheSameAs(EngagementRecorded other) =>
        Source == other.Source && Id == other.Id && Type == other.Type
        && (StatedAt ?? OccurredAt) == (other.StatedAt ?? other.OccurredAt)
        && Campaign == other.Campaign && Channel == other.Channel && Asset == other.Asset && Product == other.Product
        && SameProperties(Properties, other.Properties);

    private static bool SameProperties(IReadOnlyDictionary<string, Scalar>? a, IReadOnlyDictionary<string, Scalar>? b)
    {
        if ((a?.Count ?? 0) != (b?.Count ?? 0)) return false;
        return a is null || a.All(p => b!.TryGetValue(p.Key, out var value) && value == p.Value);
    }
}

/// <summary>The lead met the definition and waits for marketing's review.</summary>
public sealed record AutomationQualified(int Cycle, Judgement Judgement, DateTimeOffset At) : LeadEvent;

/// <summary>The handoff: freezes what sales will see.</summary>
/// <param name="Actor">Who in marketing qualified it; null when the model did.</param>
/// <param name="AcceptanceDueSoonAt">When sales is reminded; null: never.</param>
/// <param name="EscalateTo">Whom the reminders name; null: nobody.</param>
public sealed record MarketingQualified(
    int Cycle,
    QualificationReason Reason,
    string? Actor,
    Judgement Judgement,
    EngagementSummary Summary,
    DateTimeOffset AcceptanceDueAt,
    DateTimeOffset At,
    string? Note = null,
    DateTimeOffset? AcceptanceDueSoonAt = null,
    string? EscalateTo = null) : LeadEvent;

/// <summary>Marketing's review said no; a <see cref="LeadRecycled"/> follows.</summary>
public sealed record MarketingDeclined(int Cycle, string Actor, string? Note, DateTimeOffset At) : LeadEvent;

/// <param name="Owner">The salesperson who has the lead now.</param>
public sealed record SalesAccepted(int Cycle, string Actor, string Owner, DateTimeOffset At, string? Note = null) : LeadEvent;

/// <summary>Sales said no before any contact; <see cref="LeadRecycled"/> or <see cref="LeadDisqualified"/> follows.</summary>
public sealed record SalesRejected(int Cycle, string Actor, RejectionReason Reason, string? Note, DateTimeOffset At) : LeadEvent;

/// <summary>Back to <see cref="Stage.Inquiry"/>; the next cycle begins.</summary>
/// <param name="Cycle">The cycle that ended.</param>
/// <param name="CoolDownUntil">The lead cannot qualify again before this.</param>
public sealed record LeadRecycled(
    int Cycle, string Actor, RecycleReason Reason, string? Note, DateTimeOffset CoolDownUntil, DateTimeOffset At) : LeadEvent;

/// <param name="Rejection">Set when sales' rejection was the cause; <paramref name="Reason"/> is then <c>Other</c>.</param>
public sealed record LeadDisqualified(
    int Cycle, string Actor, DisqualificationReason Reason, RejectionReason? Rejection, string? Note, DateTimeOffset At) : LeadEvent;

/// <param name="Cycle">The cycle that goes on or, when the last one had qualified the lead, begins.</param>
public sealed record LeadReinstated(int Cycle, string Actor, string? Note, DateTimeOffset At) : LeadEvent;

/// <param name="Currency">ISO 4217; null exactly when the amount is.</param>
public sealed record OpportunityOpened(
    int Cycle, string Actor, decimal? Amount, string? Currency, string? Note, DateTimeOffset At) : LeadEvent;

public sealed record OpportunityWon(
    int Cycle, string Actor, decimal? Amount, string? Currency, string? Note, DateTimeOffset At) : LeadEvent;

/// <summary>A <see cref="LeadRecycled"/> follows.</summary>
public sealed record OpportunityLost(
    int Cycle, string Actor, LossReason Reason, string? Note, DateTimeOffset At) : LeadEvent;

/// <summary>Sales has not answered a handoff and the answer is due soon.</summary>
public sealed record AcceptanceDueSoon(int Cycle, DateTimeOffset AcceptanceDueAt, string? EscalateTo, DateTimeOffset At) : LeadEvent;

/// <summary>Sales has not answered a handoff in time: the SLA is breached.</summary>
public sealed record AcceptanceOverdue(int Cycle, DateTimeOffset AcceptanceDueAt, string? EscalateTo, DateTimeOffset At) : LeadEvent;

/// <summary>One step of a cadence as planned for a lead.</summary>
/// <param name="Step">1-based place in the cadence.</param>
/// <param name="Day">Days after the lead entered.</param>
/// <param name="Channel">snake_case, e.g. <c>direct_mail</c>.</param>
public sealed record NurtureStep(int Step, int Day, string Channel, DateTimeOffset DueAt);

/// <summary>The lead entered the tenant's nurture cadence.</summary>
/// <param name="Product">What it showed interest in; null: nothing is known.</param>
/// <param name="StartedAt">The steps' days count from here.</param>
/// <param name="Next">The first step; null: the cadence holds none that is still ahead.</param>
public sealed record NurtureStarted(int Cycle, string? Product, DateTimeOffset StartedAt, NurtureStep? Next, DateTimeOffset At) : LeadEvent;

/// <summary>A step became due: it is time to send the e-mail, to make the call.</summary>
/// <param name="Next">The step after it; null: it was the last.</param>
public sealed record NurtureStepDue(
    int Cycle, NurtureStep Step, string? Product, DateTimeOffset StartedAt, NurtureStep? Next, DateTimeOffset At) : LeadEvent;

/// <summary>Why a lead left the cadence other than by advancing, being disqualified or reaching its end.</summary>
public enum NurtureEndReason
{
    /// <summary>The person wishes no more mail.</summary>
    Unsubscribed,

    /// <summary>The tenant has switched its cadence off.</summary>
    CadenceOff,
}

/// <summary>The lead left the cadence, or will not enter it.</summary>
/// <param name="Since">When the person unsubscribed; for other reasons <paramref name="At"/>.</param>
public sealed record NurtureEnded(int Cycle, NurtureEndReason Reason, DateTimeOffset Since, DateTimeOffset At) : LeadEvent;

/// <summary>The person subscribed again: the lead may enter the cadence.</summary>
/// <param name="Since">When the person did.</param>
public sealed record NurtureResumed(int Cycle, DateTimeOffset Since, DateTimeOffset At) : LeadEvent;

/// <summary>
/// The lead meets a new model's definition and met the former one's not: it crossed only because the model changed. It stays
/// where it is until marketing releases or drops it, or it does something that makes it cross by itself.
/// </summary>
/// <param name="Judgement">Under the new model, at the instant it began to hold.</param>
/// <param name="FormerModelId">The model that held when something last happened to the lead.</param>
public sealed record ModelCrossed(int Cycle, Judgement Judgement, string FormerModelId, DateTimeOffset At) : LeadEvent;

/// <summary>Marketing does not want a lead that crossed only because the model changed.</summary>
public sealed record ModelCrossingDropped(int Cycle, string Actor, string? Note, DateTimeOffset At) : LeadEvent;

/// <summary>An engagement was none: a bot's click, a bad import. It counts as if it had never been.</summary>
/// <param name="Id">The producer's id of the engagement.</param>
/// <param name="Type">The engagement's type.</param>
/// <param name="OccurredAt">When the engagement occurred.</param>
/// <param name="RetractionId">The retraction it was part of.</param>
public sealed record EngagementRetracted(
    string Source, string Id, string Type, DateTimeOffset OccurredAt, string Reason, string Actor, Guid RetractionId, DateTimeOffset At) : LeadEvent;

/// <summary>A retracted or suspected engagement is genuine after all, and counts.</summary>
/// <param name="RestorationId">The restoration it was part of.</param>
public sealed record EngagementRestored(
    string Source, string Id, string Type, DateTimeOffset OccurredAt, string Reason, string Actor, Guid RestorationId, DateTimeOffset At) : LeadEvent;

/// <summary>Engagements were retracted after the lead was handed off: sales learns that the story has changed.</summary>
/// <param name="Engagements">How many of those that had occurred by the handoff.</param>
/// <param name="ScoreAtHandoff">As sales was told.</param>
/// <param name="Score">
/// EngagementScore of the same instant, unrounded, by what is known without them, under the model that held then.
/// </param>
public sealed record EvidenceRetracted(
    int Cycle, int Engagements, double ScoreAtHandoff, double Score, string Reason, string Actor, Guid RetractionId, DateTimeOffset At) : LeadEvent;
