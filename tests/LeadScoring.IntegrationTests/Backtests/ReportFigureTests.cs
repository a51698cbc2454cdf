using LeadScoring.Contracts;
using LeadScoring.Domain.Backtests;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Backtests;
using LeadScoring.Host.Backtests.Reporting;
using Grade = LeadScoring.Domain.Scoring.Grade;
using QualificationReason = LeadScoring.Domain.Qualification.QualificationReason;
using RejectionReason = LeadScoring.Domain.Qualification.RejectionReason;

namespace LeadScoring.IntegrationTests.Backtests;

/// <summary>What a report makes of a few lives, each figure worked out by hand.</summary>
public sealed class ReportFigureTests
{
    private static readonly DateTimeOffset Monday = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    private static ScoringModel Live => ScoringModelDocument.Default;

    [Fact]
    public void All_of_it_recorded_in_one_instant_is_a_week_of_one()
    {
        var story = new Told(Live);
        story.Tell(1, Monday, new LeadCaptured("web", Monday), Did("demo_requested", Monday));

        var report = story.Report();

        report.Weeks.Select(w => (w.Week, w.Draft, w.Live)).ShouldBe([("2026-W10", 1, 1)]);
        report.Workload.Draft.Mean.ShouldBe(1, "a microsecond says nothing of a week");
        report.Thresholds.Curve[0].QualifiedPerWeek.ShouldBe(1);
    }

    [Fact]
    public void A_qualification_just_after_the_last_recorded_instant_has_its_week()
    {
        // One instance's clock is behind: what it records occurred a moment later, in the next week.
        var sunday = Monday.AddMilliseconds(-100);
        var story = new Told(Live);
        story.Tell(1, sunday, new LeadCaptured("web", sunday), Did("demo_requested", Monday.AddMilliseconds(200)));

        story.Report().Weeks.Select(w => (w.Week, w.Draft)).ShouldBe([("2026-W09", 0), ("2026-W10", 1)]);
    }

    [Fact]
    public void A_handoff_taken_back_before_an_answer_was_not_turned_down()
    {
        var story = new Told(Live);
        for (var lead = 1; lead <= 4; lead++) HandedOff(story, lead, "demo_requested");
        story.Tell(1, Monday.AddHours(1), Accepted(Monday.AddHours(1)));
        story.Tell(2, Monday.AddHours(1), Accepted(Monday.AddHours(1)));
        story.Tell(3, Monday.AddHours(1), Rejected(Monday.AddHours(1)));
        story.Tell(4, Monday.AddHours(1), new LeadDisqualified(
            1, "mia", Domain.Qualification.DisqualificationReason.Other, Rejection: null, Note: null, Monday.AddHours(1)));

        var report = story.Report();

        var accepted = report.DraftQuality.Accepted;
        (accepted.Cycles, accepted.Positives, accepted.Predicted, accepted.Precision).ShouldBe((3, 2, 3, 0.666667));
        report.Groups.Both.TakenBack.ShouldBe(1);
        report.Thresholds.Curve.Single(p => p.Threshold == 100).Answered.ShouldBe(3);
    }

    [Fact]
    public void What_only_the_draft_qualifies_after_the_answer_is_no_merit_of_it()
    {
        // An older model handed it off for a page view; asked for a demo while sales talks to it, it meets the draft, the only one to fast-track.
        var story = new Told(Live, Live with { Rules = [.. Live.Rules.Select(r => r with { FastTrack = false })] });
        HandedOff(story, 1, "page_viewed");
        story.Tell(1, Monday.AddHours(1), Accepted(Monday.AddHours(1)));
        story.Tell(1, Monday.AddHours(2), Did("demo_requested", Monday.AddHours(2)));
        story.Tell(1, Monday.AddHours(3), new OpportunityOpened(1, "sam", null, null, null, Monday.AddHours(3)));

        var report = story.Report();

        report.NewlyQualified.ShouldHaveSingleItem();
        report.DraftQuality.Opportunity.ShouldSatisfyAllConditions(o => o.Cycles.ShouldBe(1), o => o.Predicted.ShouldBe(0));
        report.Notes.ShouldContain(n => n.StartsWith("Of the cycles that only the draft qualifies, 1 it qualifies after sales had answered", StringComparison.Ordinal));
    }

    [Fact]
    public void That_the_draft_rests_leads_for_longer_is_noted()
    {
        new Told(Live with { CoolDown = TimeSpan.FromDays(90) }, Live).Report().Notes.ShouldContain(n => n.Contains("cool-down"));
        new Told(Live).Report().Notes.ShouldNotContain(n => n.Contains("cool-down"));
    }

    [Theory]
    [InlineData(20, 12, 20, 7, RuleVerdict.Unclear)]
    [InlineData(1_000, 500, 1_000, 500, RuleVerdict.Noise)]
    [InlineData(1_000, 800, 1_000, 200, RuleVerdict.Informative)]
    [InlineData(19, 12, 20, 7, RuleVerdict.TooLittleData)]
    public void A_rule_is_noise_only_when_there_is_enough_to_say_so(int with, int acceptedWith, int without, int acceptedWithout, RuleVerdict verdict)
    {
        var story = new Told(Live);
        for (var lead = 1; lead <= with + without; lead++)
        {
            var hasIt = lead <= with;
            HandedOff(story, lead, hasIt ? "webinar_attended" : "heard_of_us");
            var isAccepted = hasIt ? lead <= acceptedWith : lead - with <= acceptedWithout;
            story.Tell(lead, Monday.AddHours(1), isAccepted ? Accepted(Monday.AddHours(1)) : Rejected(Monday.AddHours(1)));
        }

        var rule = story.Report().Rules.Single(r => r.Rule == "webinar_attended");

        rule.Verdict.ShouldBe(verdict);
        rule.Accepted.Recall!.Value.ShouldBe((double)acceptedWith / (acceptedWith + acceptedWithout), 1e-6);
    }

    [Fact]
    public void A_threshold_most_had_reached_before_the_period_is_no_answer_to_the_capacity()
    {
        var story = new Told(Live, request: new(From: Monday, CapacityPerWeek: 10));
        for (var lead = 1; lead <= 30; lead++)
        {
            // Within the period from 10 points less three days' decay to 109.3.
            var before = Monday.AddDays(-3);
            story.Tell(lead, before, new LeadCaptured("web", before), Did("pricing_page_viewed", before));
            for (var i = 0; i < 4; i++) story.Tell(lead, Monday, Did("webinar_attended", Monday, $"{i}"));
        }

        story.Tell(31, Monday.AddDays(14), new LeadCaptured("web", Monday.AddDays(14)));
        var thresholds = story.Report().Thresholds;

        thresholds.Curve.Take(2).Select(p => p.QualifiedPerWeek).ShouldBe([0, 0], "10 points had been reached before");
        thresholds.Curve.Single(p => p.Threshold == 105).QualifiedPerWeek.ShouldBe(15, 0.001);
        thresholds.BestForCapacity.ShouldNotBeNull().Threshold.ShouldBe(110);
    }

    [Fact]
    public void A_cancelled_run_makes_no_report()
    {
        var story = new Told(Live);
        HandedOff(story, 1, "demo_requested");

        Should.Throw<OperationCanceledException>(() => story.Report(new CancellationToken(canceled: true)));
    }

    private static EngagementRecorded Did(string type, DateTimeOffset at, string id = "1") => new("web", $"{type}-{id}", type, at);

    private static void HandedOff(Told story, int lead, string because) => story.Tell(
        lead,
        Monday,
        new LeadCaptured("web", Monday),
        Did(because, Monday),
        new MarketingQualified(
            1,
            QualificationReason.Review,
            "mia",
            new(0, 0, 0, Grade.C, "0-00000000", []),
            new(1, new Dictionary<string, int>(), null, null, [], []),
            AcceptanceDueAt: Monday.AddDays(1),
            Monday));

    private static SalesAccepted Accepted(DateTimeOffset at) => new(1, "sam", "sam", at);

    private static SalesRejected Rejected(DateTimeOffset at) => new(1, "sam", RejectionReason.WrongPersona, null, at);

    /// <summary>Lives as they are told, without a log.</summary>
    private sealed class Told
    {
        private readonly ModelPair _models;
        private readonly BacktestRequest _request;
        private readonly Simulation _simulation;
        private readonly BacktestTotals _totals = new();
        private readonly SortedDictionary<int, LeadTrack> _leads = [];

        public Told(ScoringModel draft, ScoringModel? live = null, BacktestRequest? request = null)
        {
            _models = new(draft, live ?? draft);
            _request = request ?? new();
            _simulation = new(_models, From, To);
        }

        private long From => _request.From?.UtcTicks ?? long.MinValue;

        private long To => _request.To?.UtcTicks ?? long.MaxValue;

        public void Tell(int lead, DateTimeOffset recordedAt, params LeadEvent[] facts)
        {
            if (!_leads.TryGetValue(lead, out var track)) _leads.Add(lead, track = _simulation.New(new Guid(lead, 7, 7, new byte[8])));
            foreach (var fact in facts)
            {
                _totals.Count(recordedAt, fact is EngagementRecorded);
                _simulation.TryTake(track, fact, recordedAt.UtcTicks).ShouldBeTrue();
            }
        }

        public BacktestReport Report(CancellationToken ct = default)
        {
            var asOf = _totals.LastAt ?? Monday;
            var findings = new Findings(_models, _simulation, From, To, asOf.UtcTicks);
            foreach (var lead in _leads.Values)
            {
                _simulation.Finish(lead);
                findings.Add(lead);
            }

            return BacktestReports.Of(_models, _simulation.Grid, findings, _totals, _request, end: 1, asOf, ct);
        }
    }
}
