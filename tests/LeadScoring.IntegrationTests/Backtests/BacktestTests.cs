using System.Text;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Domain.Backtests;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Backtests;
using LeadScoring.Host.Events;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Rebuilding;
using LeadScoring.Host.Operations;
using LeadScoring.IntegrationTests.Setup;
using LeadScoring.IntegrationTests.Writing;
using QualificationReason = LeadScoring.Domain.Qualification.QualificationReason;

namespace LeadScoring.IntegrationTests.Backtests;

/// <summary>A year is lived once; every test looks back on it.</summary>
public sealed class YearLookedBackOn : IAsyncLifetime
{
    public MigratedDatabase Database { get; } = new();

    public async Task InitializeAsync()
    {
        await Database.InitializeAsync();
        await LivedYear.LiveAsync(Database, seed: 7);
    }

    public Task DisposeAsync() => Database.DisposeAsync();
}

public sealed class BacktestTests(YearLookedBackOn year) : IClassFixture<YearLookedBackOn>
{
    private static readonly EventTypes Types = new();

    private static ScoringModel Live => ScoringModelDocument.Default;

    [Fact]
    public async Task The_live_model_against_itself_gives_the_real_qualifications()
    {
        var decided = await DecidedAsync();
        var report = await RunAsync(Live, Live);

        decided.Count.ShouldBeGreaterThan(60);
        decided.Count(d => d.Cycle > 1).ShouldBeGreaterThan(10);
        (await year.Database.ScalarAsync<long>("select count(distinct stream_id) from mt_events where type = 'engagement_retracted'")).ShouldBeGreaterThan(5);
        report.Fidelity.ShouldBe(new(decided.Count, decided.Count));
        (report.Draft.Qualifications, report.Live.Qualifications).ShouldBe((decided.Count, decided.Count));
        report.Weeks.Sum(w => w.Draft).ShouldBe(decided.Count);
        (report.Groups.DraftOnly.Cycles, report.Groups.LiveOnly.Cycles).ShouldBe((0, 0));
        report.Timing.AtTheSameInstant.ShouldBe(decided.Count);
        (report.Activation.WouldCross, report.Activation.WouldNotReach).ShouldBe((0, 0));
    }

    [Fact]
    public async Task Against_a_model_nobody_meets_every_real_qualification_is_lost_with_its_lead_cycle_and_instant()
    {
        var report = await RunAsync(Model(("\"threshold\": 100", "\"threshold\": 1000"), ("\"fastTrack\": true", "\"fastTrack\": false")), Live);

        report.NoLongerQualified.Select(l => (l.LeadId, l.Cycle, l.QualifiedAt)).ShouldBe(await DecidedAsync(), ignoreOrder: true);
        report.NewlyQualified.ShouldBeEmpty();
        report.Draft.Qualifications.ShouldBe(0);
    }

    [Fact]
    public async Task Every_figure_adds_up()
    {
        var report = await RunAsync(Model(("\"threshold\": 100", "\"threshold\": 60")), Live, new(CapacityPerWeek: 2, TargetPrecision: 0.5));

        (report.Groups.Both.Cycles + report.Groups.DraftOnly.Cycles).ShouldBe(report.Draft.Qualifications);
        (report.Groups.Both.Cycles + report.Groups.LiveOnly.Cycles).ShouldBe(report.Live.Qualifications);
        report.Groups.LiveOnly.Cycles.ShouldBe(0, "the lower threshold is reached no later");
        report.Timing.Later.ShouldBe(0);
        report.Timing.Earlier.ShouldBeGreaterThan(0);
        report.Timing.Histogram.Sum(b => b.Cycles).ShouldBe(report.Timing.Cycles);
        report.Groups.Both.Accepted.ShouldBeGreaterThan(0);
        foreach (var group in new[] { report.Groups.Both, report.Groups.DraftOnly })
        {
            (group.NeverHandedOff + group.HandedOff).ShouldBe(group.Cycles);
            (group.Open + group.Accepted + group.Rejected + group.TakenBack).ShouldBe(group.HandedOff);
            group.RejectedByReason.Sum(r => r.Cycles).ShouldBe(group.Rejected);
        }

        foreach (var quality in new[] { report.DraftQuality, report.LiveQuality })
        {
            quality.ScoreBands.Sum(b => b.Accepted.Cycles).ShouldBe(quality.Accepted.Cycles);
            quality.ScoreBands.Sum(b => b.Won.Positives).ShouldBe(quality.Won.Positives);
            quality.Accepted.RocAuc!.Value.ShouldBeInRange(0, 1);
        }

        report.LiveQuality.Accepted.Recall.ShouldBe(1, "only what the live model found was ever handed off");
        foreach (var rule in report.Rules) (rule.Accepted.With + rule.Accepted.Without).ShouldBe(report.DraftQuality.Accepted.Cycles);

        var own = report.Thresholds.Curve.Single(p => p.Threshold == 60);
        own.QualifiedPerWeek.ShouldBe(report.Draft.Qualifications / report.Period.Weeks, 1e-3);
        own.Answered.ShouldBe(report.DraftQuality.Accepted.Predicted);
        own.Precision.ShouldBe(report.DraftQuality.Accepted.Precision);
        report.Thresholds.Curve.Zip(report.Thresholds.Curve.Skip(1)).ShouldAllBe(p => p.First.QualifiedPerWeek >= p.Second.QualifiedPerWeek);
        report.Thresholds.BestForCapacity.ShouldNotBeNull().QualifiedPerWeek.ShouldBeLessThanOrEqualTo(2);

        var leads = await year.Database.ScalarAsync<long>("select count(*) from mt_doc_lead");
        (report.Activation.Inquiry + report.Activation.Untouched.Sum(s => s.Leads)).ShouldBe(leads);
        report.Activation.WouldCrossByGrade.Sum(g => g.Leads).ShouldBe(report.Activation.WouldCross);
        report.Activation.Crossing.Count.ShouldBe((int)report.Activation.WouldCross);
    }

    [Fact]
    public async Task A_period_counts_what_qualifies_within_it_and_halves_add_up()
    {
        var middle = LivedYear.Start.AddDays(180);
        var draft = Model(("\"threshold\": 100", "\"threshold\": 70"));
        var (all, first, second) = (await RunAsync(draft, Live), await RunAsync(draft, Live, new(To: middle)), await RunAsync(draft, Live, new(From: middle)));

        (first.Draft.Qualifications, second.Draft.Qualifications).ShouldSatisfyAllConditions(q => q.Item1.ShouldBePositive(), q => q.Item2.ShouldBePositive());
        (first.Draft.Qualifications + second.Draft.Qualifications).ShouldBe(all.Draft.Qualifications);
        (first.Live.Qualifications + second.Live.Qualifications).ShouldBe(all.Live.Qualifications);
        (first.DraftQuality.Accepted.Cycles + second.DraftQuality.Accepted.Cycles).ShouldBe(all.DraftQuality.Accepted.Cycles);
        foreach (var half in new[] { first, second })
        {
            half.Thresholds.Curve.Single(p => p.Threshold == 70).QualifiedPerWeek.ShouldBe(half.Draft.Qualifications / half.Period.Weeks, 1e-3);
            half.Weeks.Sum(w => w.Draft).ShouldBe((int)half.Draft.Qualifications);
        }
    }

    [Fact]
    public async Task In_one_pass_or_many_and_up_to_the_same_position_it_is_the_same_report_byte_for_byte()
    {
        var draft = Model(("\"threshold\": 100", "\"threshold\": 70"), ("\"points\": 10,", "\"points\": 4,"));
        var report = await RunAsync(draft, Live, new(CapacityPerWeek: 3));
        await using (var service = await WriterHarness.StartAsync(year.Database))
        {
            await service.RecordAsync(WriterHarness.Engagement("afterwards", email: "p1@example.com"), tenant: "other");
        }

        var again = await RunAsync(draft, Live, new(CapacityPerWeek: 3, UpTo: report.UpTo));
        var inPasses = await RunAsync(draft, Live, new(CapacityPerWeek: 3, UpTo: report.UpTo), leadsPerPassMax: 7);

        Text(again).ShouldBe(Text(report));
        Text(inPasses).ShouldBe(Text(report));
        (await RunAsync(draft, Live, tenant: "other")).Leads.ShouldBe(1);
        (await RunAsync(draft, Live, tenant: "nobody")).ShouldSatisfyAllConditions(r => r.Leads.ShouldBe(0), r => r.Weeks.ShouldBeEmpty());
    }

    [Fact]
    public async Task Leads_told_from_their_whole_history_are_not_kept()
    {
        var models = new ModelPair(Live, Live);
        var simulation = new Simulation(models);
        var pass = new BacktestPass(WriterHarness.Tenant, models, simulation, Types, new());
        var told = new List<WeakReference>();
        await using var connection = await year.Database.DataSource.OpenConnectionAsync();

        await pass.RunAsync(connection, new(1, 0), end: 1_000_000, lead => told.Add(new(lead)), new(), Pace.Full, default);

        GC.Collect();
        told.Count.ShouldBe((int)await year.Database.ScalarAsync<long>("select count(*) from mt_doc_lead where tenant_id = $1", WriterHarness.Tenant));
        told.Count(t => !t.IsAlive).ShouldBeGreaterThan(4, "more were set aside, as something of theirs was retracted");
        GC.KeepAlive(pass);
    }

    private static string Text(BacktestReport report) => JsonSerializer.Serialize(report, WireJson.Default.BacktestReport);

    private static ScoringModel Model(params (string From, string To)[] changes)
    {
        var text = Encoding.UTF8.GetString(ScoringModelDocument.DefaultJson.Span);
        foreach (var (from, to) in changes) text = text.Replace(from, to, StringComparison.Ordinal);
        return ScoringModelDocument.Read(Encoding.UTF8.GetBytes(text));
    }

    private Task<BacktestReport> RunAsync(
        ScoringModel draft, ScoringModel live, BacktestRequest? request = null, int leadsPerPassMax = BacktestRun.LeadsPerPassMax, string tenant = WriterHarness.Tenant) =>
        new BacktestRun(year.Database.DataSource, Types, leadsPerPassMax).RunAsync(tenant, draft, live, request ?? new(), new WorkProgress(), Pace.Full, default);

    /// <summary>When the service qualified a lead by itself for the first time in a cycle, as its events say.</summary>
    private async Task<List<(Guid LeadId, int Cycle, DateTimeOffset At)>> DecidedAsync()
    {
        var decided = new List<(Guid, int, DateTimeOffset)>();
        await using var connection = await year.Database.DataSource.OpenConnectionAsync();
        await LogScan.VisitAsync(
            connection,
            new(After: 0, UpTo: 1_000_000, TenantId: WriterHarness.Tenant),
            recorded =>
            {
                switch (Types.Read(recorded))
                {
                    case AutomationQualified e: decided.Add((recorded.Stream.StreamId, e.Cycle, e.At)); break;
                    case MarketingQualified { Reason: not QualificationReason.Review } e: decided.Add((recorded.Stream.StreamId, e.Cycle, e.At)); break;
                }
            },
            _ => Task.CompletedTask,
            default);
        return [.. decided.DistinctBy(d => (d.Item1, d.Item2))];
    }
}
