using System.Text.Json.Serialization;

namespace LeadScoring.Contracts;

/// <summary>Where a lead stands between marketing and sales.</summary>
[JsonConverter(typeof(SnakeCaseEnum<Stage>))]
public enum Stage
{
    Inquiry,
    AutomationQualified,
    MarketingQualified,
    SalesAccepted,
    SalesQualified,
    Customer,
    Disqualified,
}

/// <summary>How well the lead fits, best first. Written <c>A</c> to <c>D</c>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Grade>))]
public enum Grade
{
    A,
    B,
    C,
    D,
}

[JsonConverter(typeof(SnakeCaseEnum<IdentityKind>))]
public enum IdentityKind
{
    ExternalId,
    Email,
    AnonymousId,
}

[JsonConverter(typeof(SnakeCaseEnum<QualificationReason>))]
public enum QualificationReason
{
    Threshold,
    FastTrack,
    Review,
}

/// <summary>Why sales sends a handoff back before any contact.</summary>
[JsonConverter(typeof(SnakeCaseEnum<RejectionReason>))]
public enum RejectionReason
{
    WrongCompanySize,
    WrongPersona,
    WrongTerritory,
    ExistingCustomer,
    Competitor,
    UnverifiedContact,
    Duplicate,
    Other,
}

[JsonConverter(typeof(SnakeCaseEnum<RejectionOutcome>))]
public enum RejectionOutcome
{
    Recycle,
    Disqualify,
}

/// <summary>Why a lead is out, after contact.</summary>
[JsonConverter(typeof(SnakeCaseEnum<DisqualificationReason>))]
public enum DisqualificationReason
{
    NoNeed,
    NoBudget,
    NoAuthority,
    NotInterested,
    Unreachable,
    Other,
}

/// <summary>Why a lead went back to nurture. The first three are set by decline, reject and opportunity/lost.</summary>
[JsonConverter(typeof(SnakeCaseEnum<RecycleReason>))]
public enum RecycleReason
{
    MarketingDeclined,
    SalesRejected,
    OpportunityLost,
    NotReady,
    NoResponse,
    BadTiming,
    Other,
}

[JsonConverter(typeof(SnakeCaseEnum<LossReason>))]
public enum LossReason
{
    Price,
    Competitor,
    NoDecision,
    NoBudget,
    MissingFeature,
    BadTiming,
    Other,
}

/// <summary>What became of one engagement of a batch.</summary>
[JsonConverter(typeof(SnakeCaseEnum<EngagementOutcome>))]
public enum EngagementOutcome
{
    Recorded,
    Duplicate,
    Rejected,
}

/// <summary>What one line of an explanation is.</summary>
[JsonConverter(typeof(SnakeCaseEnum<ScoreLineKind>))]
public enum ScoreLineKind
{
    Counted,
    FrequencyCapped,
    NoRule,

    /// <summary>A click the model takes for a bot's (its clickBurst); worth 0 until somebody restores it.</summary>
    SuspectedBot,

    /// <summary>Somebody said that it was none; worth 0.</summary>
    Retracted,
    CapCorrection,
    FloorCorrection,
    CeilingCorrection,
    Rounding,
}

/// <summary>What a point of a score's history stands for.</summary>
[JsonConverter(typeof(SnakeCaseEnum<ScorePointKind>))]
public enum ScorePointKind
{
    Engagement,

    /// <summary>Of the model, marketing or sales: it may have moved the stage.</summary>
    Decision,

    /// <summary>What is known of the lead changed, and perhaps its grade.</summary>
    Attributes,

    /// <summary>Another model began to hold.</summary>
    ModelChange,
}

[JsonConverter(typeof(SnakeCaseEnum<LeadSort>))]
public enum LeadSort
{
    Score,
    LastEngagedAt,
    UpdatedAt,
}

[JsonConverter(typeof(SnakeCaseEnum<ReviewMode>))]
public enum ReviewMode
{
    Marketing,
    Automatic,
}
