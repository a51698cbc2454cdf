namespace LeadScoring.Domain.Scoring.Versions;

/// <summary>The two teams whose agreement makes a definition of a lead.</summary>
public enum SigningTeam
{
    Marketing,
    Sales,
}

/// <summary>
/// A fact about a tenant's scoring models; all of them stand in one stream. Stored type names are the snake_case of these
/// names and frozen, and so are the members' names.
/// </summary>
public abstract record ModelEvent
{
    /// <summary>When it was decided.</summary>
    public abstract DateTimeOffset At { get; init; }
}

/// <param name="Version">One more than the highest so far; the built-in definition is version 1.</param>
/// <param name="Document">The model's JSON document; its <c>version</c> is this version.</param>
/// <param name="BasedOn">The version it was made from; null: none.</param>
/// <param name="Note">Why, in the author's words; null: none given.</param>
/// <param name="SuggestionId">The suggestion its numbers come from; null: somebody wrote it.</param>
public sealed record ModelDrafted(
    int Version, string Document, int? BasedOn, string Actor, string? Note, DateTimeOffset At, Guid? SuggestionId = null) : ModelEvent;

public sealed record ModelDraftEdited(int Version, string Document, string Actor, string? Note, DateTimeOffset At) : ModelEvent;

/// <summary>From here on the version never changes.</summary>
public sealed record ModelProposed(int Version, string Actor, DateTimeOffset At) : ModelEvent;

public sealed record ModelSignedOff(int Version, SigningTeam Team, string Actor, string? Comment, DateTimeOffset At) : ModelEvent;

/// <param name="From">When it begins to hold; never before <paramref name="At"/>.</param>
/// <param name="WithoutBacktest">Somebody chose to activate it although no backtest of it had been finished.</param>
public sealed record ModelActivated(
    int Version, DateTimeOffset From, string Actor, bool WithoutBacktest, DateTimeOffset At) : ModelEvent;

/// <summary>An activation that lay ahead will not happen.</summary>
public sealed record ModelActivationCancelled(int Version, DateTimeOffset From, string Actor, DateTimeOffset At) : ModelEvent;

/// <summary>The version is scored beside the active one, or no longer.</summary>
public sealed record ModelShadowSwitched(int Version, bool IsOn, string Actor, DateTimeOffset At) : ModelEvent;
