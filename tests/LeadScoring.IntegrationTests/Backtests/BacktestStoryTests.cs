using System.Text;
using LeadScoring.Contracts;
using LeadScoring.Domain;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.Host.Backtests;
using LeadScoring.Host.Events;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Rebuilding;
using LeadScoring.Host.Operations;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.IntegrationTests.Leads;
using LeadScoring.IntegrationTests.Setup;
using LeadScoring.IntegrationTests.Writing;
using Grade = LeadScoring.Contracts.Grade;
using RejectionReason = LeadScoring.Domain.Qualification.RejectionReason;
using Stage = LeadScoring.Contracts.Stage;

namespace LeadScoring.IntegrationTests.Backtests;

/// <summary>Five leads, every figure worked out by hand.</summary>
public sealed class BacktestStoryTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>, IAsyncLifetime
{
    /// <summary>The first day of 2026-W10.</summary>
    private static readonly DateTimeOffset Monday = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private readonly SetClock _clock = new(Monday);
    private readonly Dictionary<string, Guid> _leads = [];
    private readonly string _tenant = $"t-{Guid.NewGuid():N}";
    private WriterHarness _service = null!;
    private int _posted;

    public async Task InitializeAsync()
    {
        _service = await WriterHarness.StartAsync(database, clock: _clock);
        await EngageAsync("ann", "demo_requested"); // FastTrack: handed off at once.
        await EngageAsync("ben", "webinar_attended", times: 3); // 75 points.
        await EngageAsync("cid", "webinar_attended", times: 3);
        await EngageAsync("dan", "page_viewed");
        await CommandAsync("dan", new ChangeAttributes(new Dictionary<string, Scalar?> { ["relationship"] = Scalar.Of("competitor") }, "crm"));
        await EngageAsync("dan", "contact_form_submitted", times: 3);

        await At(hours: 1).CommandAsync("ann", new AcceptLead("sam"));
        await At(hours: 3).EngageAsync("ann", "contact_form_submitted"); // 60 + 50 points, though sales has it already.
        await At(days: 1).CommandAsync("ann", new OpenOpportunity("sam"));
        await At(days: 2).CommandAsync("ann", new WinOpportunity("sam"));

        await At(days: 7).EngageAsync("ben", "content_downloaded", times: 3); // 64 of the 75 are left, and 45 more.
        await At(days: 7, hours: 1).CommandAsync("ben", new QualifyLead("mia"));
        await At(days: 8).CommandAsync("ben", new RejectLead("sam", RejectionReason.WrongPersona));
        await EngageAsync("eve", "webinar_attended", times: 3);
    }

    public async Task DisposeAsync() => await _service.DisposeAsync();

    [Fact]
    public async Task A_lower_threshold_is_told_by_what_it_would_have_found_when_and_how_that_ended()
    {
        var report = await RunAsync(Model(("\"threshold\": 100", "\"threshold\": 70")), new(CapacityPerWeek: 2));

        (report.Draft.Qualifications, report.Live.Qualifications, report.Leads).ShouldBe((4, 2, 5));
        report.Weeks.Select(w => (w.Week, w.Draft, w.Live)).ShouldBe([("2026-W10", 3, 1), ("2026-W11", 1, 1)]);
        report.Workload.Draft.ShouldSatisfyAllConditions(w => w.Max.ShouldBe(3), w => w.WeeksOverCapacity.ShouldBe(1));
        report.Workload.Live.WeeksOverCapacity.ShouldBe(0);

        var both = report.Groups.Both;
        (both.Cycles, both.HandedOff, both.Accepted, both.Rejected, both.Opportunity, both.Won, both.Lost).ShouldBe((2, 2, 1, 1, 1, 1, 0));
        both.RejectedByReason.ShouldBe([new(Contracts.RejectionReason.WrongPersona, 1)]);
        var draftOnly = report.Groups.DraftOnly;
        (draftOnly.Cycles, draftOnly.NeverHandedOff, report.Groups.LiveOnly.Cycles).ShouldBe((2, 2, 0));
        report.NewlyQualified.ShouldBe(
        [
            new(_leads["cid"], 1, Monday, 75, Grade.C, CycleOutcome.NeverHandedOff),
            new(_leads["eve"], 1, Monday.AddDays(8), 75, Grade.C, CycleOutcome.NeverHandedOff),
        ]);

        (report.Timing.Cycles, report.Timing.Earlier, report.Timing.AtTheSameInstant, report.Timing.MedianDays).ShouldBe((2, 1, 1, -3.5));
        report.Timing.Histogram.Where(b => b.Cycles > 0).Select(b => (b.FromDays, b.ToDays)).ShouldBe([(-7d, -3d), (0d, 1d)]);

        var accepted = report.DraftQuality.Accepted;
        (accepted.Cycles, accepted.Positives, accepted.Predicted, accepted.Precision, accepted.Recall, accepted.Lift).ShouldBe((2, 1, 2, 0.5, 1, 1));
        accepted.RocAuc.ShouldBe(0, "at the handoffs the accepted lead had 60 points, the rejected one 109");
        var bands = report.DraftQuality.ScoreBands.Where(b => b.Accepted.Cycles > 0).Select(b => (b.From, b.To, b.Accepted));
        bands.ShouldBe([(52.5, 70, new(1, 1, 1, 0.5, 1, 1)), (105, 140, new(1, 0, 0, 0, 0, 0))], "three quarters, all, one and a half and two of 70");
        (report.DraftQuality.Won.Cycles, report.DraftQuality.Won.Positives).ShouldBe((1, 1));
        report.Rules.ShouldAllBe(r => r.Verdict == RuleVerdict.TooLittleData);
        report.Rules.Single(r => r.Rule == "webinar_attended").Accepted.ShouldSatisfyAllConditions(
            w => (w.With, w.WithPositives, w.Without, w.WithoutPositives).ShouldBe((1, 0, 1, 1)));

        report.Activation.ShouldSatisfyAllConditions(
            a => (a.Inquiry, a.WouldCross, a.WouldNotReach).ShouldBe((4, 1, 0)),
            a => a.Crossing.ShouldBe([new(_leads["eve"], 75, Grade.C)]),
            a => a.Untouched.Single(s => s.Leads > 0).ShouldBe(new(Stage.Customer, 1)));
    }

    [Fact]
    public async Task What_a_model_says_after_the_outcome_is_known_is_no_prediction_of_it()
    {
        var report = await RunAsync(Model(("\"fastTrack\": true", "\"fastTrack\": false")), new());

        report.Timing.Later.ShouldBe(1, "without FastTrack ann qualifies by her contact request two hours after sales accepted her");
        (report.DraftQuality.Accepted.Predicted, report.DraftQuality.Accepted.PredictedPositives, report.DraftQuality.Accepted.Recall).ShouldBe((1, 0, 0));
        (report.DraftQuality.Opportunity.Predicted, report.DraftQuality.Opportunity.Recall).ShouldBe((0, 0), "nobody could have handed her over for it");
        (report.DraftQuality.Won.Predicted, report.DraftQuality.Won.Recall).ShouldBe((0, 0));
        report.LiveQuality.Accepted.Predicted.ShouldBe(2);
    }

    [Fact]
    public async Task A_version_drafted_long_afterwards_adds_no_idle_weeks()
    {
        var models = new ModelStreams(database.Documents, database.DataSource);
        var catalog = await models.ReadAsync(_tenant, knownAt: null, default);
        var text = Encoding.UTF8.GetString(ScoringModelDocument.DefaultJson.Span).Replace("\"threshold\": 100", "\"threshold\": 90", StringComparison.Ordinal);
        var drafted = new DraftModel(text, BasedOn: 1, "mia", Note: null).Decide(catalog, Monday.AddDays(90));
        (await models.AppendAsync(_tenant, catalog, drafted, EventMetadata.None, latest: null, default)).ShouldBeTrue();

        var report = await RunAsync(ScoringModelDocument.Default, new());

        report.AsOf.ShouldBe(Monday.AddDays(90));
        (report.Period.From, report.Period.To).ShouldBe((Monday, Monday.AddDays(8).AddMicroseconds(1)));
        report.Weeks.Count.ShouldBe(2);
        report.Workload.Live.Mean.ShouldBe(2 / (8 / 7.0), 1e-6, "two in eight days");
    }

    private BacktestStoryTests At(double days = 0, double hours = 0)
    {
        _clock.Now = Monday.AddDays(days).AddHours(hours);
        return this;
    }

    private async Task EngageAsync(string person, string type, int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            var posted = WriterHarness.Engagement($"e{++_posted}", email: $"{person}@example.com", type: type, occurredAt: _clock.Now);
            _leads[person] = (await _service.RecordAsync(posted, _tenant)).Lead!.Lead.Id;
        }
    }

    private async Task CommandAsync(string person, ILeadCommand command) =>
        (await _service.SubmitAsync(_leads[person], command, tenant: _tenant)).Changed.ShouldBeTrue();

    private static ScoringModel Model(params (string From, string To)[] changes)
    {
        var text = Encoding.UTF8.GetString(ScoringModelDocument.DefaultJson.Span);
        foreach (var (from, to) in changes) text = text.Replace(from, to, StringComparison.Ordinal);
        return ScoringModelDocument.Read(Encoding.UTF8.GetBytes(text));
    }

    private Task<BacktestReport> RunAsync(ScoringModel draft, BacktestRequest request) =>
        new BacktestRun(database.DataSource, new EventTypes())
            .RunAsync(_tenant, draft, ScoringModelDocument.Default, request, new WorkProgress(), Pace.Full, default);
}
