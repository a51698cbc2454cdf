using LeadScoring.Host.Events;
using Marten;
using LeadScoring.Host;
using System.Text;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.Host.Backtests;
using LeadScoring.Host.DemoYear;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Rebuilding;
using LeadScoring.Host.Operations;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Scoring.Suggestions;
using LeadScoring.IntegrationTests.Setup;
using Xunit.Abstractions;

namespace LeadScoring.IntegrationTests.DemoYear;

/// <summary>A year whose outcomes follow a planted truth is written once; then everybody looks for it.</summary>
public sealed class PlantedYear : IAsyncLifetime
{
    public const string TenantId = "demo";

    private readonly MigratedDatabase _database = new();

    public static DateTimeOffset To { get; } = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    public MigratedDatabase Database => _database;

    public EventTypes Types { get; } = new();

    public ModelStreams ModelStreams { get; private set; } = null!;

    public LeadStreams Streams { get; private set; } = null!;

    public DemoYearResult Year { get; private set; } = null!;

    public IDocumentStore Documents { get; private set; } = null!;

    public DemoYearPlan Plan { get; } = new(TenantId, Leads: 3_000, Seed: 7, To, new ModelTimeline(ScoringModelDocument.Default));

    public async Task InitializeAsync()
    {
        await _database.InitializeAsync();
        ModelStreams = new(_database.Documents, _database.DataSource);
        Streams = new(_database.DataSource, Types, TenantModels.Only(ScoringModelDocument.Default));
        Documents = MartenSetup.StoreOf(_database.DataSource);
        Year = await new DemoYearRun(Documents).RunAsync(Plan, new WorkProgress(), default);
    }

    public Task DisposeAsync()
    {
        Documents.Dispose();
        return _database.DisposeAsync();
    }
}

public sealed class PlantedTruthTests(PlantedYear year, ITestOutputHelper output) : IClassFixture<PlantedYear>
{
    [Fact]
    public async Task The_year_is_a_past_as_the_service_would_have_written_it()
    {
        output.WriteLine(year.Year.ToString());
        year.Year.Handoffs.ShouldBeGreaterThan(800);
        year.Year.Accepted.ShouldBeGreaterThan(200);
        year.Year.Rejected.ShouldBeGreaterThan(200);
        year.Year.Won.ShouldBeGreaterThan(50);
        (await year.Database.ScalarAsync<long>("select count(*) from mt_events where type <> 'model_drafted'")).ShouldBe(year.Year.Events);
        (await year.Database.ScalarAsync<bool>("select min(timestamp) > $1 and max(timestamp) <= $2 from mt_events where type <> 'model_drafted'", year.Plan.From.UtcDateTime, year.Plan.To.UtcDateTime)).ShouldBeTrue();

        var found = new StringWriter();
        var differences = await RebuildRuns.RunAsync(
            new Verify(year.Database.DataSource, year.Streams, TenantModels.Only(ScoringModelDocument.Default)), LeadScope.All, found, default);
        differences.ShouldBe(0, found.ToString());
    }

    [Fact]
    public async Task The_same_year_is_not_written_twice() =>
        await Should.ThrowAsync<DemoYearRefused>(new DemoYearRun(year.Documents).RunAsync(year.Plan, new WorkProgress(), default));

    [Fact]
    public async Task The_suggestion_finds_the_planted_rules_and_not_the_noise()
    {
        var result = await SuggestAsync(new SuggestionRequest());

        foreach (var rule in result.Rules)
        {
            output.WriteLine($"{rule.Rule,-22} {rule.Reason,-10} {rule.Points,5} -> {rule.SuggestedPoints,5} odds {rule.Evidence.OddsRatio:0.00} [{rule.Evidence.OddsRatioLow:0.00} {rule.Evidence.OddsRatioHigh:0.00}] p {rule.Evidence.P:0.0000} with {rule.Evidence.With} {rule.Evidence.RateWith:0.00} without {rule.Evidence.RateWithout:0.00}");
        }

        output.WriteLine(JsonSerializer.Serialize(result.Quality) + JsonSerializer.Serialize(result.Grades) + result.Refused);
        result.Refused.ShouldBeNull();
        result.Rules.Where(r => r.Reason == SuggestionReason.Evidence).Select(r => r.Rule).Order().ShouldBe(DemoTruth.Informative.Order());
        foreach (var rule in result.Rules.Where(r => DemoTruth.Informative.Contains(r.Rule))) rule.SuggestedPoints.ShouldNotBeNull().ShouldBeGreaterThan(0);
        result.Rules.Where(r => DemoTruth.Noise.Contains(r.Rule)).ShouldAllBe(r => r.Reason == SuggestionReason.Noise && r.SuggestedPoints == null);
        var quality = result.Quality.ShouldNotBeNull();
        quality.SuggestedScore.ShouldBeGreaterThan(quality.PresentScore);
        quality.CrossValidated.ShouldBeGreaterThan(quality.PresentScore + 0.05);

        var catalog = await year.ModelStreams.ReadAsync(PlantedYear.TenantId, knownAt: null, default);
        var draft = catalog.Get(result.DraftVersion.ShouldNotBeNull());
        draft.ProposedAt.ShouldBeNull();
        draft.BasedOn.ShouldBe(1);
        draft.Model.Rules.Select(r => r.Name).ShouldNotContain("content_download");
        draft.Model.Threshold.ShouldBe(100);
    }

    [Fact]
    public async Task The_document_weighed_is_the_one_of_the_order()
    {
        var orders = new SuggestionOrders(year.ModelStreams, new LogScan(year.Database.DataSource), TimeProvider.System);
        var (job, _) = await orders.PrepareAsync(PlantedYear.TenantId, new(BasedOn: 1), "mia", creationKey: null, default);
        var parameters = JsonSerializer.Deserialize(job.ShouldNotBeNull().Parameters, SuggestionJson.Default.SuggestionParameters)!;
        ScoringModelDocument.Read(Encoding.UTF8.GetBytes(parameters.Document)).Id.ShouldBe(job.ModelId);
        var asItWas = parameters.Document.Replace("\"points\": 15,", "\"points\": 12,", StringComparison.Ordinal);

        var result = await SuggestAsync(parameters.Request, asItWas);

        result.Rules.Single(r => r.Rule == "content_download").Points.ShouldBe(12);
    }

    [Fact]
    public async Task The_same_question_gets_the_same_answer_and_no_second_draft()
    {
        var first = await SuggestAsync(new SuggestionRequest());
        var second = await SuggestAsync(new SuggestionRequest(BasedOn: 1, UpTo: first.UpTo));

        JsonSerializer.Serialize(second).ShouldBe(JsonSerializer.Serialize(first));
    }

    [Fact]
    public async Task The_draft_names_the_first_suggestion_that_came_to_it_edited_or_not()
    {
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        var request = new SuggestionRequest(BasedOn: 1, SuggestionTarget.Opportunity);
        var made = await SuggestAsync(request, suggestionId: first);
        var version = made.DraftVersion.ShouldNotBeNull();
        (await SuggestAsync(request with { UpTo = made.UpTo }, suggestionId: second)).DraftVersion.ShouldBe(version);
        (await CatalogAsync()).Get(version).SuggestionId.ShouldBe(first);

        var catalog = await CatalogAsync();
        var edit = new EditDraft(version, Encoding.UTF8.GetString(ScoringModelDocument.DefaultJson.Span), "mia", Note: null).Decide(catalog, DateTimeOffset.UtcNow);
        await year.ModelStreams.AppendAsync(PlantedYear.TenantId, catalog, edit, EventMetadata.None, latest: null, default);

        (await CatalogAsync()).Get(version).ShouldSatisfyAllConditions(v => v.SuggestionId.ShouldBe(first), v => v.Revision.ShouldBe(2));
    }

    [Fact]
    public async Task Too_few_outcomes_are_refused_with_a_reason()
    {
        var result = await SuggestAsync(new SuggestionRequest(From: year.Plan.From, To: year.Plan.From.AddDays(12)));

        result.Refused.ShouldNotBeNull().ShouldBeOneOf(SuggestionRefusal.TooFewWithOutcome, SuggestionRefusal.TooFewWithoutOutcome);
        result.RefusedBecause.ShouldNotBeNull().ShouldContain("50 are needed");
        result.DraftVersion.ShouldBeNull();
        result.Rules.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_backtests_report_by_rule_finds_the_planted_rules_and_not_the_noise()
    {
        var model = ScoringModelDocument.Default;
        var report = await new BacktestRun(year.Database.DataSource, year.Types)
            .RunAsync(PlantedYear.TenantId, model, model, new BacktestRequest(), new WorkProgress(), Pace.Full, default);

        foreach (var rule in report.Rules) output.WriteLine($"{rule.Rule,-22} {rule.Verdict} z {rule.Accepted.Z:0.0} p {rule.Accepted.AdjustedP:0.0000} {rule.Opportunity.AdjustedP:0.0000} {rule.Won.AdjustedP:0.0000}");
        report.Rules.Where(r => r.Verdict == RuleVerdict.Informative).Select(r => r.Rule).Order().ShouldBe(DemoTruth.Informative.Order());
        report.Rules.Where(r => DemoTruth.Noise.Contains(r.Rule)).ShouldAllBe(r => r.Verdict == RuleVerdict.Noise);
        report.Groups.DraftOnly.Cycles.ShouldBe(0);
        report.Groups.LiveOnly.Cycles.ShouldBe(0);
    }

    private Task<ModelCatalog> CatalogAsync() => year.ModelStreams.ReadAsync(PlantedYear.TenantId, knownAt: null, default);

    private Task<SuggestionResult> SuggestAsync(SuggestionRequest request, string? document = null, Guid? suggestionId = null) =>
        new SuggestionRun(year.Database.DataSource, year.Types, year.Streams, year.ModelStreams, TimeProvider.System)
            .RunAsync(PlantedYear.TenantId, suggestionId ?? Guid.NewGuid(), document ?? Encoding.UTF8.GetString(ScoringModelDocument.DefaultJson.Span), request, new WorkProgress(), Pace.Full, default);
}
