namespace LeadScoring.Domain.Qualification;

/// <summary>Why a lead became marketing-qualified.</summary>
public enum QualificationReason
{
    /// <summary>Score and grade met the definition and the model asks for no review.</summary>
    Threshold,

    /// <summary>A FastTrack engagement, e.g. a demo request.</summary>
    FastTrack,

    /// <summary>Marketing reviewed it.</summary>
    Review,
}

/// <summary>Why sales sent a handoff back before any contact. Procedural or definitional.</summary>
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

/// <summary>What becomes of a rejected lead.</summary>
public enum RejectionOutcome
{
    Recycle,
    Disqualify,
}

/// <summary>Why a lead is out, after contact.</summary>
public enum DisqualificationReason
{
    NoNeed,
    NoBudget,
    NoAuthority,
    NotInterested,
    Unreachable,
    Other,
}

/// <summary>Why a lead went back to nurture.</summary>
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

/// <summary>Why an opportunity was lost.</summary>
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
