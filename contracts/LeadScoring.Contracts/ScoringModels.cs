using System.Text.Json;
using System.Text.Json.Serialization;

namespace LeadScoring.Contracts;

/// <summary>The active definition of a lead.</summary>
/// <param name="ModelId">Version and fingerprint; equal ids score equally.</param>
/// <param name="Document">The model document as both teams read it.</param>
public sealed record ScoringModelView(int Version, string ModelId, string Name, JsonElement Document);

/// <summary>A team whose agreement a definition of a lead needs.</summary>
[JsonConverter(typeof(SnakeCaseEnum<SigningTeam>))]
public enum SigningTeam
{
    Marketing,
    Sales,
}

/// <summary>How far a version of the scoring model has come.</summary>
[JsonConverter(typeof(SnakeCaseEnum<ModelStatus>))]
public enum ModelStatus
{
    Draft,
    Proposed,
    SignedOff,
    Scheduled,
    Active,
    Superseded,
}

/// <summary>What became of one thing between two models.</summary>
[JsonConverter(typeof(SnakeCaseEnum<ModelChangeKind>))]
public enum ModelChangeKind
{
    Added,
    Removed,
    Changed,
}

/// <summary>The part of a model a difference is in.</summary>
[JsonConverter(typeof(SnakeCaseEnum<ModelPart>))]
public enum ModelPart
{
    Model,
    EngagementRule,
    FitRule,
    Engagement,
    Grades,
    Qualification,
}

public sealed record ModelSignOff(SigningTeam Team, string Actor, string? Comment, DateTimeOffset At);

/// <summary>One version of the scoring model.</summary>
/// <param name="Version">1 is the definition the service starts with.</param>
/// <param name="ModelId">Version and fingerprint; equal ids score equally.</param>
/// <param name="Revision">The ETag: what happened to the version so far.</param>
/// <param name="BasedOn">The version it was made from; left out: none.</param>
/// <param name="Actor">Who drafted it.</param>
/// <param name="DraftedAt">Left out: nobody did, it came with the service.</param>
/// <param name="EditedAt">When the document last changed.</param>
/// <param name="ProposedAt">From then on the document never changes; left out: it may, or came with the service.</param>
/// <param name="ActiveFrom">When it last began, or will begin, to hold; left out: it never has, or has from the beginning.</param>
/// <param name="Shadow">It is scored beside the active version.</param>
/// <param name="SuggestionId">
/// The suggestion it was drafted from, which holds the evidence beside each number (<c>GET /v1/scoring-models/suggestions/{id}</c>) for as
/// long as the version exists; whether it was edited since, editedAt tells. Left out: somebody wrote it.
/// </param>
public sealed record ScoringModelSummary(
    int Version,
    string ModelId,
    string Name,
    ModelStatus Status,
    int Revision,
    int? BasedOn,
    string Actor,
    string? Note,
    DateTimeOffset? DraftedAt,
    DateTimeOffset? EditedAt,
    DateTimeOffset? ProposedAt,
    string? ProposedBy,
    IReadOnlyList<ModelSignOff> SignOffs,
    DateTimeOffset? ActiveFrom,
    bool Shadow,
    Guid? SuggestionId = null);

/// <param name="Models">The latest version first.</param>
public sealed record ScoringModelPage(IReadOnlyList<ScoringModelSummary> Models, string? NextCursor);

/// <summary>A time in which a version held, or will.</summary>
/// <param name="Until">Left out: nothing is known to follow.</param>
/// <param name="WithoutBacktest">It was activated although no backtest of it had been finished.</param>
public sealed record ModelActivationView(
    DateTimeOffset From, DateTimeOffset? Until, string Actor, DateTimeOffset DecidedAt, bool WithoutBacktest);

/// <summary>One version of the scoring model with all that is known of it.</summary>
/// <param name="Activations">In the order they begin; those cancelled left out.</param>
public sealed record ScoringModelDetail(
    ScoringModelSummary Model, IReadOnlyList<ModelActivationView> Activations, JsonElement Document);

/// <param name="Document">As <c>scoring-model.v1.schema.json</c> says; its <c>version</c> is replaced by the one it gets.</param>
/// <param name="BasedOn">The version it was made from.</param>
public sealed record DraftScoringModelRequest(JsonElement Document, string Actor, int? BasedOn = null, string? Note = null);

/// <param name="Note">Left out: the former note stays.</param>
public sealed record EditScoringModelRequest(JsonElement Document, string Actor, string? Note = null);

public sealed record ProposeScoringModelRequest(string Actor);

/// <param name="Actor">Not the person who signed for the other team.</param>
public sealed record SignOffRequest(SigningTeam Team, string Actor, string? Comment = null);

/// <param name="At">When it shall begin to hold; left out, past or nearer than a few seconds: within seconds.</param>
/// <param name="WithoutBacktest">Activate it although no backtest of it has been finished.</param>
public sealed record ActivateScoringModelRequest(string Actor, DateTimeOffset? At = null, bool? WithoutBacktest = null);

public sealed record CancelActivationRequest(string Actor);

public sealed record SwitchShadowRequest(bool On, string Actor);

/// <param name="Changed">False: it was so already.</param>
public sealed record ScoringModelReceipt(bool Changed, ScoringModelSummary Model);

/// <summary>One difference between two versions.</summary>
/// <param name="Name">The rule's; left out: the part has no names.</param>
/// <param name="Field">As in the document; left out: the whole rule.</param>
/// <param name="Before">In words; left out: there was none.</param>
/// <param name="After">In words; left out: there is none.</param>
/// <param name="Text">The whole of it in words, rules between backticks.</param>
public sealed record ModelDifferenceView(
    ModelChangeKind Kind, ModelPart Part, string? Name, string? Field, string? Before, string? After, string Text);

/// <param name="Text">Everything in one sentence; empty: the two judge alike.</param>
public sealed record ScoringModelDiff(int From, int To, string Text, IReadOnlyList<ModelDifferenceView> Differences);

/// <summary>What a version in shadow says of a lead, now.</summary>
/// <param name="Score">EngagementScore under the version, one decimal.</param>
/// <param name="QualifyingScore">The part from engagements of the current cycle.</param>
/// <param name="WouldQualifyAt">When it would have qualified the lead in this cycle; left out: it would not have so far.</param>
public sealed record LeadShadow(int Version, decimal Score, decimal QualifyingScore, Grade Grade, DateTimeOffset? WouldQualifyAt = null);

/// <summary>What was decided in a week.</summary>
/// <param name="Week">Its Monday (UTC), like <c>2026-03-02</c>.</param>
/// <param name="WouldQualify">By the version in shadow.</param>
/// <param name="Qualified">By the active model, in truth.</param>
public sealed record ShadowWeek(string Week, long WouldQualify, long Qualified);

/// <summary>Leads count once a cycle, since the version was switched on.</summary>
/// <param name="Leads">Touched since.</param>
/// <param name="Both">Of those it would have qualified, those the active model did too, then or at another time of the cycle.</param>
/// <param name="OnlyActive">Qualified by the active model where the version would not have, so far.</param>
public sealed record ShadowTotals(long Leads, long WouldQualify, long Qualified, long Both, long OnlyActive);

/// <param name="Since">When it was switched on; left out: it is off.</param>
/// <param name="Weeks">Ascending, the latest 104; those without anything are left out.</param>
public sealed record ModelShadowReport(int Version, bool On, DateTimeOffset? Since, ShadowTotals Totals, IReadOnlyList<ShadowWeek> Weeks);
