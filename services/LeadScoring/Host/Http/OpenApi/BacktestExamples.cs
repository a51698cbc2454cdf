using LeadScoring.Contracts;
using LeadScoring.Host.Backtests;

namespace LeadScoring.Host.Http.OpenApi;

/// <summary>The worked examples of backtests: one report, small enough to be read.</summary>
public static class BacktestExamples
{
    private const string DraftId = "2-5d0e8a17";
    private const string LiveId = "1-9f2c01d4";
    private static readonly Guid BacktestId = Guid.Parse("0198c9a2-b3d4-7e90-8a61-4c5d6e7f8a90");
    private static readonly Guid OtherId = Guid.Parse("0198c9a2-b7f2-7c33-9d05-1b2a3c4d5e6f");
    private static readonly Guid LeadId = Guid.Parse("0198c9a2-7c1e-7a54-9d3b-2f6f1c8e4b10");
    private static readonly DateTimeOffset Monday = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Asked = Monday.AddDays(14).AddHours(9);

    private static readonly RuleOutcome Telling = new(30, 21, 18, 6, 0.7, 0.333333, 0.777778, 1.244444, 0.62, 0.91, 2.4, 0.016, 0.048);
    private static readonly RuleOutcome Unknown = new(6, 3, 3, 1, 0.5, 0.333333, 0.75, 1.125, null, null, null, null, null);

    private static readonly OutcomeMeasures Measures = new(48, 27, 40, 25, 0.5625, 0.625, 0.925926, 1.111111, 0.74, 0.61);

    private static readonly BacktestQuality Quality = new(
        Measures,
        Measures with { Cycles = 20, Positives = 9, Predicted = 18, PredictedPositives = 9, BaseRate = 0.45, Precision = 0.5, Recall = 1 },
        Measures with { Cycles = 8, Positives = 3, Predicted = 8, PredictedPositives = 3, BaseRate = 0.375, Precision = 0.375, Recall = 1, Lift = 1 },
        [
            new(
                100,
                150,
                new(30, 14, 0.466667, 0.5625, 1, 1),
                new(10, 3, 0.3, 0.45, 1, 1),
                new(4, 1, 0.25, 0.375, 1, 1)),
            new(
                150,
                null,
                new(18, 13, 0.722222, 0.722222, 0.481481, 1.283951),
                new(10, 6, 0.6, 0.6, 0.666667, 1.333333),
                new(4, 2, 0.5, 0.5, 0.666667, 1.333333)),
        ]);

    public static BacktestReport Report { get; } = new(
        UpTo: 48_211,
        AsOf: Asked.AddMinutes(-1),
        new(Monday, Monday.AddDays(14), 2),
        new(2, DraftId, "Webinars count more", 90, Grade.C, ReviewMode.Marketing, 62, 61),
        new(1, LiveId, "Default definition of a lead", 100, Grade.C, ReviewMode.Marketing, 55, 54),
        Events: 48_000,
        Engagements: 44_100,
        Leads: 6_200,
        [new("2026-W10", Monday, 30, 28), new("2026-W11", Monday.AddDays(7), 32, 27)],
        new(35, new(31, 32, 32, 0), new(27.5, 28, 28, 0), CapacitySource.Request),
        new(
            new(50, 50, 4, 46, 2, 26, 16, [new(RejectionReason.WrongCompanySize, 10), new(RejectionReason.WrongPersona, 6)], 2, 9, 3, 2, 1),
            new(12, 11, 12, 0, 0, 0, 0, [], 0, 0, 0, 0, 0),
            new(5, 5, 0, 5, 1, 1, 3, [new(RejectionReason.WrongPersona, 3)], 0, 0, 0, 0, 0)),
        new(50, 18, 30, 2, 0, -3.5, 0, [new(null, 0, 18), new(0, 1, 30), new(1, null, 2)]),
        Quality,
        Quality,
        new(Decided: 55, Reproduced: 55),
        [
            new("webinar_attended", RuleKind.Engagement, 40, RuleVerdict.Informative, PointsAgree: true, Telling, Telling, Telling),
            new("email_open", RuleKind.Engagement, 1, RuleVerdict.TooLittleData, null, Unknown, Unknown, Unknown),
        ],
        new([new(90, 31, 45, 0.58, 0.963), new(100, 27.5, 40, 0.625, 0.926)], new(90, 31, 45, 0.58, 0.963), null),
        new(
            Asked.AddMinutes(-1),
            Inquiry: 5_900,
            WouldCross: 12,
            [new(Grade.A, 3), new(Grade.B, 4), new(Grade.C, 5), new(Grade.D, 0)],
            WouldNotReach: 2,
            [new(Stage.AutomationQualified, 20), new(Stage.SalesAccepted, 26)],
            [new(LeadId, 97.4, Grade.A)]),
        [new(LeadId, 1, Monday.AddDays(3).AddHours(10), 97.4, Grade.A, CycleOutcome.NeverHandedOff)],
        [new(LeadId, 1, Monday.AddDays(5).AddHours(15), 101.2, Grade.C, CycleOutcome.Rejected)],
        ["12 cycles only the draft finds were never handed off: how they would have ended is not known."]);

    internal static BacktestRequest Request { get; } = new(CapacityPerWeek: 35, TargetPrecision: 0.6);

    internal static BacktestView View { get; } = new(
        BacktestId,
        2,
        DraftId,
        1,
        Request with { Against = 1, UpTo = Report.UpTo },
        JobState.Succeeded,
        new(48_000, 48_211, 6_200, 212_000, null),
        "k3v7q2m5x4t6w2ab",
        Asked,
        Asked.AddSeconds(1),
        Asked.AddSeconds(2),
        CancelRequestedAt: null,
        Failure: null,
        Report);

    internal static BacktestPage Page { get; } = new(
        [View with { State = JobState.Running, Progress = new(21_000, 48_211, 3_100, 205_000, 1), FinishedAt = null, Report = null }], null);

    internal static BacktestComparison Comparison { get; } = new(
        new(BacktestId, 2, DraftId, 1, Report.Period, Report.UpTo),
        new(OtherId, 3, "3-77ab20c1", 1, Report.Period, Report.UpTo),
        [new("accepted_precision", 0.625, 0.68, 0.055), new("weeks_over_capacity", 0, 1, 1)],
        []);

    internal static SuggestionView Suggestion { get; } = new(
        OtherId,
        new(1, SuggestionTarget.Accepted, UpTo: Report.UpTo),
        JobState.Succeeded,
        new(48_211, 48_211, 48, 190_000, null),
        "k3v7q2m5x4t6w2ab",
        Asked,
        Asked.AddSeconds(1),
        Asked.AddSeconds(2),
        CancelRequestedAt: null,
        Failure: null,
        new(
            Report.UpTo,
            1,
            SuggestionTarget.Accepted,
            SuggestionRefusal.TooFewWithOutcome,
            "Only 27 handoffs were accepted; 50 are needed.",
            DraftVersion: null,
            Document: null,
            new(51, 3, 48, 27, 21),
            Quality: null,
            Rules: [],
            Grades: [],
            Notes: []));

    internal static ActivationPreview Preview { get; } = new(
        2, DraftId, BacktestId, Asked.AddSeconds(2), 3_600, Report.UpTo, 1, AgainstIsActive: true, Report.Activation);
}
