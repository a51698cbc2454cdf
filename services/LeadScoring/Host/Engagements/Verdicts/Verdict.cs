namespace LeadScoring.Host.Engagements.Verdicts;

public enum VerdictKind
{
    /// <summary>Engagements were none.</summary>
    Retraction,

    /// <summary>They are genuine after all.</summary>
    Restoration,
}

public enum VerdictState
{
    /// <summary>The log is searched for the engagements.</summary>
    Finding,

    /// <summary>They are known; nothing is done, because that was not asked for.</summary>
    Found,

    /// <summary>Lead by lead it is done.</summary>
    Applying,

    Done,

    /// <summary>There are too many, or a lead could not decide.</summary>
    Failed,
}

/// <param name="Id">The client's.</param>
public readonly record struct VerdictKey(string TenantId, VerdictKind Kind, Guid Id);

/// <summary>Which engagements are looked for in the log; what is null may be anything.</summary>
/// <param name="From">When they occurred: from this instant on.</param>
/// <param name="To">And before this.</param>
public sealed record EngagementWindow(string? Source, string? Type, string? Campaign, DateTimeOffset From, DateTimeOffset To);

/// <summary>What was asked for, and how far it is.</summary>
/// <param name="Hash">Of the request.</param>
/// <param name="Window">Null: the engagements were named, or are those of <paramref name="OfRetraction"/>.</param>
/// <param name="IsWanted">False: it is only looked at.</param>
/// <param name="LogPosition">The log is searched behind it, up to <paramref name="LogEnd"/>.</param>
/// <param name="Failure">A code; null: it has not failed.</param>
public sealed record Verdict(
    byte[] Hash,
    EngagementWindow? Window,
    Guid? OfRetraction,
    string Reason,
    string Actor,
    VerdictState State,
    bool IsWanted,
    long LogPosition,
    long LogEnd,
    int Engagements,
    int UnknownIds,
    string? Failure,
    DateTimeOffset CreatedAt,
    DateTimeOffset? FinishedAt)
{
    public bool IsOver => State is not (VerdictState.Finding or VerdictState.Applying);
}
