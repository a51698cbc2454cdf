using System.Text.Json.Serialization;

namespace LeadScoring.Contracts;

/// <summary>What a backtest is asked. The same request up to the same log position gives the same report, byte for byte.</summary>
/// <param name="From">Qualifications from this instant on are looked at; absent: from the tenant's first event.</param>
/// <param name="To">Those before this instant; later than <paramref name="From"/>. Absent: up to the latest event.</param>
/// <param name="CapacityPerWeek">
/// How many leads sales can take a week, 1 to 1,000,000; absent: what the tenant's sales capacity says when this is asked, if it says anything.
/// </param>
/// <param name="TargetPrecision">Wished share of accepted among the answered, above 0 and below 1; absent: none.</param>
/// <param name="Against">The version compared with; absent: the one that holds.</param>
/// <param name="UpTo">Last log position that is read, 1 or more; absent: the end of the log. A report's <c>upTo</c> repeats it.</param>
public sealed record BacktestRequest(
    DateTimeOffset? From = null,
    DateTimeOffset? To = null,
    double? CapacityPerWeek = null,
    double? TargetPrecision = null,
    int? Against = null,
    long? UpTo = null);

/// <summary>
/// What would have happened under another definition of a lead: both models scored every lead side by side, each decision
/// from what was known at its instant. All shares are 0 to 1, rounded to six decimals.
/// </summary>
/// <param name="UpTo">The last log position that was read.</param>
/// <param name="AsOf">When the tenant's last event up to there was recorded: how leads stand in this report.</param>
/// <param name="Leads">Leads the log tells of.</param>
/// <param name="Weeks">Every ISO week of the period, oldest first.</param>
/// <param name="NewlyQualified">Leads only the draft finds, oldest first, the first 1,000.</param>
/// <param name="NoLongerQualified">Leads only the live model finds, oldest first, the first 1,000.</param>
/// <param name="Notes">What a reader must know to read the figures right.</param>
public sealed record BacktestReport(
    long UpTo,
    DateTimeOffset AsOf,
    BacktestPeriod Period,
    BacktestModel Draft,
    BacktestModel Live,
    long Events,
    long Engagements,
    long Leads,
    IReadOnlyList<BacktestWeek> Weeks,
    BacktestWorkload Workload,
    BacktestGroups Groups,
    BacktestTiming Timing,
    BacktestQuality DraftQuality,
    BacktestQuality LiveQuality,
    BacktestFidelity Fidelity,
    IReadOnlyList<BacktestRule> Rules,
    BacktestThresholds Thresholds,
    BacktestActivation Activation,
    IReadOnlyList<BacktestLead> NewlyQualified,
    IReadOnlyList<BacktestLead> NoLongerQualified,
    IReadOnlyList<string> Notes);

/// <summary>As asked, without the time before the first and after the last event of a lead.</summary>
/// <param name="To">Excluded.</param>
/// <param name="Weeks">Its length in weeks.</param>
public sealed record BacktestPeriod(DateTimeOffset From, DateTimeOffset To, double Weeks);

/// <param name="Qualifications">Cycles it qualified within the period.</param>
/// <param name="Leads">Leads of these cycles.</param>
public sealed record BacktestModel(
    int Version,
    string ModelId,
    string Name,
    double Threshold,
    Grade MinimumGrade,
    ReviewMode Review,
    long Qualifications,
    long Leads);

/// <param name="Week">ISO 8601, such as <c>2026-W07</c>; weeks begin on Monday, UTC.</param>
public sealed record BacktestWeek(string Week, DateTimeOffset Starts, int Draft, int Live);

/// <param name="CapacityPerWeek">Absent when neither the request nor the tenant said any.</param>
/// <param name="CapacityFrom">Who said it; absent when nobody did.</param>
public sealed record BacktestWorkload(double? CapacityPerWeek, WeeklyLoad Draft, WeeklyLoad Live, CapacitySource? CapacityFrom = null);

/// <summary>Who says how many leads sales can take a week.</summary>
[JsonConverter(typeof(SnakeCaseEnum<CapacitySource>))]
public enum CapacitySource
{
    /// <summary>The request.</summary>
    Request,

    /// <summary>The tenant's sales capacity, as it was when the backtest was asked for.</summary>
    SalesCapacity,
}

/// <summary>Qualifications a week, whether or not marketing reviews them before sales sees them.</summary>
/// <param name="Mean">Over the period's length, at least one week.</param>
/// <param name="P90">In nine of ten ISO weeks of the period there were no more.</param>
/// <param name="WeeksOverCapacity">Absent when no capacity was said.</param>
public sealed record WeeklyLoad(double Mean, double P90, int Max, int? WeeksOverCapacity);

/// <summary>Cycles either model qualified within the period, by which of them did so at all.</summary>
public sealed record BacktestGroups(BacktestGroup Both, BacktestGroup DraftOnly, BacktestGroup LiveOnly);

/// <summary>How the cycles of a group really ended. Where nobody was handed the lead, nobody knows.</summary>
/// <param name="Leads">Leads of these cycles.</param>
/// <param name="NeverHandedOff">Sales never saw them: their outcome is unknown, not bad.</param>
/// <param name="Open">Handed off and not answered so far.</param>
/// <param name="Accepted">Accepted by sales, whatever came of it.</param>
/// <param name="Rejected">Sent back by sales before any contact.</param>
/// <param name="RejectedByReason">Only reasons that were given, as the codes are ordered.</param>
/// <param name="TakenBack">Handed off and recycled or disqualified before sales answered.</param>
/// <param name="Opportunity">Of the accepted, those with an opportunity, whatever came of it.</param>
/// <param name="Won">Of those with an opportunity.</param>
/// <param name="Lost">Of those with an opportunity.</param>
/// <param name="Disqualified">Disqualified in this cycle, at any stage.</param>
public sealed record BacktestGroup(
    long Cycles,
    long Leads,
    long NeverHandedOff,
    long HandedOff,
    long Open,
    long Accepted,
    long Rejected,
    IReadOnlyList<RejectionCount> RejectedByReason,
    long TakenBack,
    long Opportunity,
    long Won,
    long Lost,
    long Disqualified);

public sealed record RejectionCount(RejectionReason Reason, long Cycles);

/// <summary>How much earlier or later the draft finds what both models find, in days; negative is earlier.</summary>
/// <param name="Cycles">Cycles both qualify, at least one of them within the period.</param>
/// <param name="MedianDays">Absent, like the next two, when there are none.</param>
/// <param name="Histogram">Bins in ascending order; all cycles fall into one.</param>
public sealed record BacktestTiming(
    long Cycles,
    long Earlier,
    long AtTheSameInstant,
    long Later,
    double? MedianDays,
    double? P10Days,
    double? P90Days,
    IReadOnlyList<DaysBin> Histogram);

/// <param name="FromDays">Included; absent: everything below <paramref name="ToDays"/>.</param>
/// <param name="ToDays">Excluded; absent: everything else.</param>
public sealed record DaysBin(double? FromDays, double? ToDays, long Cycles);

/// <summary>How far the backtest of the live model is what really happened.</summary>
/// <param name="Decided">Cycles of the period in which the service qualified the lead by itself, under the live model.</param>
/// <param name="Reproduced">Those of them the backtest qualifies at the very same instant: all, if that model held all the time.</param>
public sealed record BacktestFidelity(long Decided, long Reproduced);

/// <summary>
/// How well a model tells the handoffs that sales accepted, those that became an opportunity and those that were won, by
/// the answers there are: only cycles handed off within the period whose outcome is known.
/// </summary>
/// <param name="Accepted">Of the cycles that sales accepted or rejected.</param>
/// <param name="Opportunity">Of the accepted cycles that had an opportunity or ended without one.</param>
/// <param name="Won">Of the accepted cycles that ended.</param>
/// <param name="ScoreBands">Ascending, by the score at the handoff.</param>
public sealed record BacktestQuality(
    OutcomeMeasures Accepted, OutcomeMeasures Opportunity, OutcomeMeasures Won, IReadOnlyList<ScoreBand> ScoreBands);

/// <param name="Cycles">Cycles whose outcome is known.</param>
/// <param name="Positives">Those among them with the outcome.</param>
/// <param name="Predicted">Those the model qualified no later than sales answered: what a lead does afterwards nobody could have chosen it by.</param>
/// <param name="PredictedPositives">Those of them with the outcome.</param>
/// <param name="BaseRate">Positives among the cycles; absent without cycles.</param>
/// <param name="Precision">Positives among the predicted; absent when none is predicted.</param>
/// <param name="Recall">Predicted among the positives; absent without positives.</param>
/// <param name="Lift">Precision over base rate.</param>
/// <param name="RocAuc">
/// How likely a positive had a higher score than a negative, ties counting half; scores of the cycle as of the handoff.
/// Absent unless there are both.
/// </param>
/// <param name="FitRocAuc">The same by fit points.</param>
public sealed record OutcomeMeasures(
    long Cycles,
    long Positives,
    long Predicted,
    long PredictedPositives,
    double? BaseRate,
    double? Precision,
    double? Recall,
    double? Lift,
    double? RocAuc,
    double? FitRocAuc);

/// <param name="From">Included; absent: everything below <paramref name="To"/>.</param>
/// <param name="To">Excluded; absent: everything else.</param>
public sealed record ScoreBand(
    double? From, double? To, OutcomeCount Accepted, OutcomeCount Opportunity, OutcomeCount Won);

/// <summary>Of the cycles of a band, and of those with its score or a higher one: what a threshold at its lower bound would give.</summary>
/// <param name="Cycles">Whose outcome is known.</param>
/// <param name="Rate">Absent without cycles.</param>
/// <param name="PrecisionFrom">Positives among the cycles of this band and all above it; absent without any.</param>
/// <param name="RecallFrom">Positives of this band and all above it among all positives; absent without positives.</param>
/// <param name="LiftFrom"><paramref name="PrecisionFrom"/> over the rate of all; absent where either is.</param>
public sealed record OutcomeCount(
    long Cycles, long Positives, double? Rate, double? PrecisionFrom, double? RecallFrom, double? LiftFrom);

[JsonConverter(typeof(SnakeCaseEnum<RuleKind>))]
public enum RuleKind
{
    /// <summary>A rule on what people do.</summary>
    Engagement,

    /// <summary>A rule on who they are.</summary>
    Fit,
}

/// <summary>What the outcomes so far say of a rule.</summary>
[JsonConverter(typeof(SnakeCaseEnum<RuleVerdict>))]
public enum RuleVerdict
{
    /// <summary>It tells something about an outcome that the other rules do not.</summary>
    Informative,

    /// <summary>
    /// The outcomes do not depend on it, or next to nothing: the 95 % interval of its odds ratio, a standard deviation more of it,
    /// lies within 1/1.5 and 1.5 for the outcome that tells it most closely.
    /// </summary>
    Noise,

    /// <summary>The outcomes may depend on it or not, the interval is too wide to tell.</summary>
    Unclear,

    /// <summary>Too few outcomes with or without it.</summary>
    TooLittleData,
}

/// <summary>What a rule of the draft tells about the outcomes of the cycles that were handed off.</summary>
/// <param name="Points">In the draft.</param>
/// <param name="Verdict">
/// Informative: for some outcome the adjusted p is at most 0.05. Adjusted for the number of rules and outcomes looked at
/// (Benjamini and Hochberg).
/// </param>
/// <param name="PointsAgree">For an informative rule: whether its points have the sign of its effect; otherwise absent.</param>
public sealed record BacktestRule(
    string Rule,
    RuleKind Kind,
    double Points,
    RuleVerdict Verdict,
    bool? PointsAgree,
    RuleOutcome Accepted,
    RuleOutcome Opportunity,
    RuleOutcome Won);

/// <param name="With">Cycles in which it had counted by the handoff, their outcome known.</param>
/// <param name="Without">The others.</param>
/// <param name="RateWith">Absent when there are none; so is <paramref name="RateWithout"/>.</param>
/// <param name="Recall">Positives with it among all positives; absent without positives.</param>
/// <param name="Lift">Rate with it over the rate of all.</param>
/// <param name="InformationValue">Weight-of-evidence information value of with and without; 0 when there is none.</param>
/// <param name="Coefficient">
/// Log odds for one standard deviation more of it, all other rules held equal (ridge logistic regression). Handoffs are chosen
/// by score, so a rule looked at alone seems to harm: this is the figure to judge by. Absent with too little data.
/// </param>
/// <param name="Z">Wald's z of the coefficient.</param>
/// <param name="P">Two-sided, of z.</param>
/// <param name="AdjustedP"><paramref name="P"/>, adjusted for the number of looks.</param>
public sealed record RuleOutcome(
    long With,
    long WithPositives,
    long Without,
    long WithoutPositives,
    double? RateWith,
    double? RateWithout,
    double? Recall,
    double? Lift,
    double? InformationValue,
    double? Coefficient,
    double? Z,
    double? P,
    double? AdjustedP);

/// <summary>What the draft would do with another threshold, everything else equal.</summary>
/// <param name="Curve">Ascending.</param>
/// <param name="BestForCapacity">
/// The lowest from which on the mean of all is within the capacity; absent without capacity, or when the highest is above it.
/// </param>
/// <param name="BestForPrecision">The lowest whose precision, by at least 30 answers, is the target or more; absent without target, or when none is.</param>
public sealed record BacktestThresholds(
    IReadOnlyList<ThresholdPoint> Curve, ThresholdPoint? BestForCapacity, ThresholdPoint? BestForPrecision);

/// <param name="QualifiedPerWeek">Mean over the period's length, at least one week: cycles that first reached the threshold within it.</param>
/// <param name="Answered">Cycles handed off within the period and answered that it would have qualified by then.</param>
/// <param name="Precision">Accepted among these; absent when there are none.</param>
/// <param name="Recall">These accepted among all accepted; absent when there are none.</param>
public sealed record ThresholdPoint(double Threshold, double QualifiedPerWeek, long Answered, double? Precision, double? Recall);

/// <summary>What activating the draft at the report's end would do. Leads that cross only because the model changes wait for marketing.</summary>
/// <param name="Inquiry">Leads in this stage that have not qualified in their cycle: only they can cross.</param>
/// <param name="WouldCross">Of these, leads that meet the draft and not the live model, or meet it and are held for another version already.</param>
/// <param name="WouldCrossByGrade">Every grade, best first.</param>
/// <param name="WouldNotReach">Of these, leads that meet the live model and not the draft.</param>
/// <param name="Untouched">Leads that keep their stage whatever the model says: every other stage, those that have qualified already, and those that stay held where they are.</param>
/// <param name="Crossing">The leads that would cross, highest score first, the first 1,000.</param>
public sealed record BacktestActivation(
    DateTimeOffset AsOf,
    long Inquiry,
    long WouldCross,
    IReadOnlyList<GradeCount> WouldCrossByGrade,
    long WouldNotReach,
    IReadOnlyList<StageCount> Untouched,
    IReadOnlyList<CrossingLead> Crossing);

public sealed record GradeCount(Grade Grade, long Leads);

public sealed record StageCount(Stage Stage, long Leads);

/// <param name="Score">Of the current cycle under the draft, one decimal.</param>
/// <param name="Grade">Under the draft.</param>
public sealed record CrossingLead(Guid LeadId, double Score, Grade Grade);

/// <summary>How a cycle stands in the end.</summary>
[JsonConverter(typeof(SnakeCaseEnum<CycleOutcome>))]
public enum CycleOutcome
{
    NeverHandedOff,
    Open,
    TakenBack,
    Rejected,
    Accepted,
    Opportunity,
    Lost,
    Won,
}

/// <param name="QualifiedAt">Under the model that finds it.</param>
/// <param name="Score">Of the cycle at that instant, under that model, one decimal.</param>
/// <param name="Grade">At that instant, under that model.</param>
/// <param name="Outcome">How the cycle really stands.</param>
public sealed record BacktestLead(Guid LeadId, int Cycle, DateTimeOffset QualifiedAt, double Score, Grade Grade, CycleOutcome Outcome);
