using LeadScoring.Domain.Statistics;

namespace LeadScoring.Domain.Scoring.Suggestions;

/// <summary>Why there is no proposal.</summary>
public enum SuggestionFault
{
    TooFewWithOutcome,
    TooFewWithoutOutcome,
    Separated,
    NoSignal,
    NoValidModel,
}

/// <summary>Why a rule gets the points it gets.</summary>
public enum PointsReason
{
    /// <summary>The outcomes depend on it.</summary>
    Evidence,

    /// <summary>The outcomes do not depend on it, at least not much: it is left out.</summary>
    Noise,

    /// <summary>The outcomes may depend on it or not: it keeps its points.</summary>
    Unclear,

    /// <summary>Too few with it, or without it, to tell: it keeps its points.</summary>
    TooRare,

    /// <summary>Noise, but it promises a person to be called: it keeps its points.</summary>
    FastTrack,

    /// <summary>Noise, and so is every other rule on what people do: all keep their points.</summary>
    Unchanged,
}

/// <param name="With">Of the samples in which it had counted, those with the outcome.</param>
/// <param name="InformationValue">Of with and without; null where it cannot be told.</param>
/// <param name="OddsRatio">For one unit more, everything else equal; null: too rare to tell, like its 95 % interval and p.</param>
public sealed record RuleEvidence(
    Share With, Share Without, double? InformationValue, double? OddsRatio, Interval? OddsRatioInterval, double? P);

/// <param name="Column">By <see cref="RuleColumns"/>.</param>
/// <param name="Points">Proposed; null: leave the rule out.</param>
/// <param name="Cap">Proposed; null: none.</param>
public sealed record ProposedRule(int Column, double? Points, double? Cap, PointsReason Reason, RuleEvidence Evidence);

/// <param name="FromFit">Least fit points; null for D.</param>
/// <param name="Outcomes">Of the samples with such a fit.</param>
public sealed record ProposedGrade(Grade Grade, double? FromFit, Share Outcomes);

/// <summary>Areas under the ROC curve.</summary>
/// <param name="CrossValidated">Score and fit together, each sample judged by what was learned from other leads.</param>
public sealed record ProposalQuality(
    double CrossValidated, double StandardError, double SuggestedScore, double PresentScore, double SuggestedFit, double PresentFit);

/// <param name="Document">A model document that <see cref="ScoringModelDocument.Read"/> accepts, under the version it is based on.</param>
/// <param name="Rules">One for each column, in their order.</param>
/// <param name="Grades">A to D.</param>
public sealed record Proposal(
    string Document, ScoringModel Model, IReadOnlyList<ProposedRule> Rules, IReadOnlyList<ProposedGrade> Grades, ProposalQuality Quality);

/// <summary>What the outcomes suggest.</summary>
/// <param name="Proposal">Null exactly when there is a fault.</param>
/// <param name="Because">One sentence, with a fault.</param>
public sealed record Suggestion(Proposal? Proposal, SuggestionFault? Fault, string? Because)
{
    internal static Suggestion Refuse(SuggestionFault fault, string because) => new(null, fault, because);
}
