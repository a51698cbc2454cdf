namespace LeadScoring.Contracts;

/// <param name="Actor">Who decided, 1 to 128 characters; no personal data is needed here, an id will do.</param>
/// <param name="Note">At most 1000 characters.</param>
public sealed record QualifyRequest(string Actor, string? Note = null);

/// <param name="CoolDownUntil">Null: the model's cool-down. At most two years ahead.</param>
public sealed record DeclineRequest(string Actor, string? Note = null, DateTimeOffset? CoolDownUntil = null);

/// <param name="Owner">Who works the lead; null: the actor.</param>
public sealed record AcceptRequest(string Actor, string? Owner = null, string? Note = null);

/// <param name="Outcome">What becomes of the lead; null: recycle.</param>
public sealed record RejectRequest(
    string Actor,
    RejectionReason Reason,
    RejectionOutcome? Outcome = null,
    string? Note = null,
    DateTimeOffset? CoolDownUntil = null);

/// <param name="Reason">not_ready, no_response, bad_timing or other.</param>
public sealed record RecycleRequest(
    string Actor, RecycleReason Reason, string? Note = null, DateTimeOffset? CoolDownUntil = null);

public sealed record DisqualifyRequest(string Actor, DisqualificationReason Reason, string? Note = null);

public sealed record ReinstateRequest(string Actor, string? Note = null);

/// <param name="Amount">0 or more, at most two decimals, given exactly when the currency is.</param>
/// <param name="Currency">ISO 4217, e.g. EUR.</param>
public sealed record OpportunityRequest(
    string Actor, decimal? Amount = null, string? Currency = null, string? Note = null);

public sealed record OpportunityLostRequest(
    string Actor, LossReason Reason, string? Note = null, DateTimeOffset? CoolDownUntil = null);

/// <summary>The answer to a command.</summary>
/// <param name="Changed">False: it was already so, nothing was recorded.</param>
public sealed record CommandReceipt(bool Changed, LeadSummary Lead);
