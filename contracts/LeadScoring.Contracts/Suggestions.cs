using System.Text.Json;
using System.Text.Json.Serialization;

namespace LeadScoring.Contracts;

/// <summary>What the suggested points are to foretell.</summary>
[JsonConverter(typeof(SnakeCaseEnum<SuggestionTarget>))]
public enum SuggestionTarget
{
    /// <summary>Sales accepts the handoff rather than rejecting it.</summary>
    Accepted,

    /// <summary>An opportunity is opened before the cycle ends.</summary>
    Opportunity,

    /// <summary>The opportunity is won before the cycle ends.</summary>
    Won,
}

/// <summary>What a suggestion is asked. The same request up to the same log position gives the same answer.</summary>
/// <param name="BasedOn">The version whose rules are weighed anew; absent: the one that holds.</param>
/// <param name="Target">Absent: accepted.</param>
/// <param name="From">Handoffs from this instant on; absent: all.</param>
/// <param name="To">Handoffs before this instant; later than <paramref name="From"/>. Absent: all.</param>
/// <param name="UpTo">Last log position that is read, 1 or more; absent: the end of the log. A result's <c>upTo</c> repeats it.</param>
public sealed record SuggestionRequest(
    int? BasedOn = null,
    SuggestionTarget? Target = null,
    DateTimeOffset? From = null,
    DateTimeOffset? To = null,
    long? UpTo = null);

/// <summary>Why there is no suggestion.</summary>
[JsonConverter(typeof(SnakeCaseEnum<SuggestionRefusal>))]
public enum SuggestionRefusal
{
    /// <summary>Fewer than 50 handoffs with the outcome.</summary>
    TooFewWithOutcome,

    /// <summary>Fewer than 50 handoffs that ended without the outcome.</summary>
    TooFewWithoutOutcome,

    /// <summary>One rule or several together tell the outcomes apart without any error: there is nothing to weigh.</summary>
    Separated,

    /// <summary>Nothing the rules counted goes with the outcome.</summary>
    NoSignal,

    /// <summary>The rules that are left do not make a valid model.</summary>
    NoValidModel,
}

/// <summary>Why a rule gets the points it gets.</summary>
[JsonConverter(typeof(SnakeCaseEnum<SuggestionReason>))]
public enum SuggestionReason
{
    /// <summary>The outcomes depend on it.</summary>
    Evidence,

    /// <summary>The outcomes do not depend on it, or next to nothing: its interval lies within 1/1.5 and 1.5. The draft leaves it out.</summary>
    Noise,

    /// <summary>The outcomes may depend on it or not, the interval is too wide to tell: it keeps its points.</summary>
    Unclear,

    /// <summary>Fewer than 20 handoffs with it, or without it: it keeps its points.</summary>
    TooRare,

    /// <summary>The outcomes do not depend on it, but it promises a person to be called: it keeps its points.</summary>
    FastTrack,

    /// <summary>The outcomes do not depend on it, nor on any other rule on what people do: all keep their points.</summary>
    Unchanged,
}

/// <summary>
/// Points for each rule and cut-offs for fit, from the outcomes so far, by logistic regression with a ridge penalty on what each
/// rule had counted in the cycle at the instant of the handoff: decayed, within frequency caps and caps, and nothing that became known later.
/// </summary>
/// <param name="UpTo">The last log position that was read.</param>
/// <param name="BasedOn">The version whose rules were weighed.</param>
/// <param name="Refused">Absent when there is a suggestion.</param>
/// <param name="RefusedBecause">One sentence; given exactly when <paramref name="Refused"/> is.</param>
/// <param name="DraftVersion">The draft that was made of it; absent when refused.</param>
/// <param name="Document">The suggested model document, as it was drafted; absent when refused.</param>
/// <param name="Quality">Absent when refused.</param>
/// <param name="Rules">Engagement rules, then fit rules, in the order of the document it is based on. Empty when refused.</param>
/// <param name="Grades">Best first. Empty when refused.</param>
/// <param name="Notes">What a reader must know to read the figures right.</param>
public sealed record SuggestionResult(
    long UpTo,
    int BasedOn,
    SuggestionTarget Target,
    SuggestionRefusal? Refused,
    string? RefusedBecause,
    int? DraftVersion,
    JsonElement? Document,
    SuggestionSamples Samples,
    SuggestionQuality? Quality,
    IReadOnlyList<SuggestedRule> Rules,
    IReadOnlyList<SuggestedGrade> Grades,
    IReadOnlyList<string> Notes);

/// <param name="Handoffs">Handoffs within the period; with more than 200,000, one that was repeated within its cycle may count twice.</param>
/// <param name="Undecided">Of those looked at: not answered, taken back before an answer, or not ended yet; they are left out.</param>
/// <param name="Used">Decided ones that were learned from: at most 200,000, chosen evenly when there are more.</param>
/// <param name="WithOutcome">Of the used.</param>
/// <param name="WithoutOutcome">Of the used.</param>
public sealed record SuggestionSamples(long Handoffs, long Undecided, long Used, long WithOutcome, long WithoutOutcome);

/// <summary>
/// How well outcomes are ranked: the area under the ROC curve, 0.5 is chance and 1 perfect. Figures on the same outcomes the points
/// were learned from flatter a little; the cross-validated one does not.
/// </summary>
/// <param name="CrossValidated">Score and fit together, each handoff judged by what was learned from others: five folds by lead.</param>
/// <param name="StandardError">Of <paramref name="CrossValidated"/> (Hanley and McNeil).</param>
/// <param name="SuggestedScore">By the engagement score alone, suggested points.</param>
/// <param name="PresentScore">By the engagement score alone, present points.</param>
/// <param name="SuggestedFit">By fit alone, suggested points.</param>
/// <param name="PresentFit">By fit alone, present points.</param>
public sealed record SuggestionQuality(
    double CrossValidated, double StandardError, double SuggestedScore, double PresentScore, double SuggestedFit, double PresentFit);

/// <param name="Points">In the version it is based on.</param>
/// <param name="SuggestedPoints">Absent: the draft leaves the rule out.</param>
/// <param name="SuggestedCap">Absent without a cap. A cap keeps letting through as many engagements as before.</param>
public sealed record SuggestedRule(
    string Rule,
    RuleKind Kind,
    double Points,
    double? SuggestedPoints,
    double? SuggestedCap,
    SuggestionReason Reason,
    SuggestionEvidence Evidence);

/// <param name="With">Handoffs in which the rule had counted.</param>
/// <param name="RateWith">0 to 1; absent when there are none; so is <paramref name="RateWithout"/>.</param>
/// <param name="InformationValue">Of with and without; 0 says nothing, above 0.3 is strong. Handoffs are chosen by score, so it flatters and slanders.</param>
/// <param name="OddsRatio">
/// By what one fresh engagement, or a fit rule that holds, multiplies the odds of the outcome, everything else equal: the figure the points come from.
/// Absent when the rule is too rare.
/// </param>
/// <param name="OddsRatioLow">Lower end of its 95 % interval.</param>
/// <param name="OddsRatioHigh">Upper end of its 95 % interval.</param>
/// <param name="P">Two-sided (Wald): how likely chance alone is to go as far.</param>
public sealed record SuggestionEvidence(
    long With,
    long WithOutcome,
    long Without,
    long WithoutOutcome,
    double? RateWith,
    double? RateWithout,
    double? InformationValue,
    double? OddsRatio,
    double? OddsRatioLow,
    double? OddsRatioHigh,
    double? P);

/// <summary>
/// A grade's fit and how handoffs of that fit ended. A: at least twice the odds of all handoffs; B: at least the odds of all; C: at
/// least half of them; D: less, or a worse fit than any seen. The least grade that qualifies reaches down to the best fits seen in any
/// case, so that the draft is one somebody can meet.
/// </summary>
/// <param name="FromFit">Least fit points; absent for D.</param>
/// <param name="PresentFromFit">In the version it is based on; absent for D.</param>
/// <param name="Rate">0 to 1, like its 95 % interval (Wilson); absent without handoffs.</param>
public sealed record SuggestedGrade(
    Grade Grade, double? FromFit, double? PresentFromFit, long Handoffs, long WithOutcome, double? Rate, double? RateLow, double? RateHigh);
