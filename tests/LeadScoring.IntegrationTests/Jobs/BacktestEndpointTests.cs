using System.Net;
using System.Text;
using LeadScoring.Contracts;
using LeadScoring.Host.Backtests;
using LeadScoring.Host.Http.OpenApi;
using LeadScoring.Host.Jobs;
using LeadScoring.IntegrationTests.Scoring;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Jobs;

/// <summary>What may be asked about backtests, by whom, and what is answered.</summary>
public sealed class BacktestEndpointTests : IAsyncLifetime
{
    private readonly MigratedDatabase _database = new();
    private readonly HeldWork _work = new();
    private RunningApp _app = null!;
    private HttpClient _http = null!;

    public async Task InitializeAsync()
    {
        await _database.InitializeAsync();
        _app = await RunningApp.StartAsync(_database.ConnectionString, _work.Register);
        _http = await _app.ClientAsync();
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Theory]
    [InlineData("""{"from":"2026-03-02T00:00:00Z","to":"2026-03-02T00:00:00Z"}""", "$.to")]
    [InlineData("""{"capacityPerWeek":0.5}""", "$.capacityPerWeek")]
    [InlineData("""{"capacityPerWeek":1000001}""", "$.capacityPerWeek")]
    [InlineData("""{"targetPrecision":1}""", "$.targetPrecision")]
    [InlineData("""{"against":7}""", "$.against")]
    [InlineData("""{"upTo":0}""", "$.upTo")]
    [InlineData("""{"upTo":4711}""", "$.upTo")]
    [InlineData("""{"untill":"2026-03-02T00:00:00Z"}""", "$.untill")]
    public async Task What_makes_no_sense_is_named(string body, string path)
    {
        using var answer = await _http.PostBacktestAsync(body);

        (await answer.ShouldBeProblemAsync(400, "validation_failed")).Errors!.Keys.ShouldBe([path]);
    }

    [Theory]
    [InlineData(BacktestApi.Path)]
    [InlineData("/v1/scoring-models/suggestions")]
    public async Task A_log_position_that_is_not_there_does_not_tell_how_much_all_tenants_have_done(string path)
    {
        await _http.DraftAsync(ModelDrafts.WithThreshold(130));
        using var answer = await _http.PostBacktestAsync("""{"upTo":4711}""", path: path);

        var problem = await answer.ShouldBeProblemAsync(400, "validation_failed");
        problem.Errors!["$.upTo"].ShouldHaveSingleItem().ShouldNotMatch("[0-9]");
    }

    [Fact]
    public async Task Without_a_capacity_of_its_own_a_backtest_has_the_one_sales_had_stated_when_it_was_asked_for()
    {
        (await ReadAsync<SalesCapacity>("/v1/sales-capacity")).QualifiedLeadsPerWeek.ShouldBeNull();
        (await _http.BacktestAsync()).Request.CapacityPerWeek.ShouldBeNull();
        await StateAsync("""{"qualifiedLeadsPerWeek":25}""");
        var before = await _http.BacktestAsync();
        var named = await _http.BacktestAsync("""{"capacityPerWeek":7}""");
        await StateAsync("""{"qualifiedLeadsPerWeek":30}""");
        using var stranger = await _app.ClientAsync("other");

        (await _http.LookAsync(before.Id)).Request.CapacityPerWeek.ShouldBe(25);
        named.Request.CapacityPerWeek.ShouldBe(7);
        (await _http.BacktestAsync()).Request.CapacityPerWeek.ShouldBe(30);
        (await stranger.BacktestAsync()).Request.CapacityPerWeek.ShouldBeNull();
        await StateAsync("""{"qualifiedLeadsPerWeek":null}""");
        (await _http.BacktestAsync()).Request.CapacityPerWeek.ShouldBeNull();

        async Task StateAsync(string body)
        {
            using var answer = await PutCapacityAsync(_http, body);
            await answer.ReadAsync<SalesCapacity>();
        }
    }

    [Fact]
    public async Task Sales_states_its_capacity_itself_and_within_bounds()
    {
        using var marketing = await _app.ClientAsync("acme", Scopes.MarketingWrite, Scopes.LeadsRead);
        using var refused = await PutCapacityAsync(marketing, """{"qualifiedLeadsPerWeek":25}""");
        await refused.ShouldBeProblemAsync(403, "missing_scope");
        using var none = await PutCapacityAsync(_http, """{"qualifiedLeadsPerWeek":0}""");
        (await none.ShouldBeProblemAsync(400, "validation_failed")).Errors!.Keys.ShouldBe(["$.qualifiedLeadsPerWeek"]);
    }

    [Fact]
    public async Task A_version_that_is_not_there_cannot_be_tried_nor_previewed_and_has_no_backtests()
    {
        using var tried = await _http.PostBacktestAsync(path: "/v1/scoring-models/7/backtests");
        await tried.ShouldBeProblemAsync(404, "model_version_not_found");
        using var previewed = await _http.GetAsync(new Uri("/v1/scoring-models/7/preview", UriKind.Relative));
        await previewed.ShouldBeProblemAsync(404, "model_version_not_found");
        using var listed = await _http.GetAsync(new Uri("/v1/scoring-models/7/backtests", UriKind.Relative));
        await listed.ShouldBeProblemAsync(404, "model_version_not_found");
    }

    [Fact]
    public async Task Another_tenants_backtest_is_none_and_so_is_one_of_another_version()
    {
        var backtest = await SucceededAsync();
        using var stranger = await _app.ClientAsync("other");
        string[] reads = [$"{BacktestApi.Path}/{backtest.Id}", $"{BacktestApi.Path}/{backtest.Id}/events", $"{BacktestApi.Path}/{backtest.Id}/compare?with={backtest.Id}"];
        foreach (var path in reads)
        {
            using var answer = await stranger.GetAsync(new Uri(path, UriKind.Relative));
            await answer.ShouldBeProblemAsync(404, "backtest_not_found");
            using var ofAnotherVersion = await _http.GetAsync(new Uri(path.Replace("models/1/", "models/2/", StringComparison.Ordinal), UriKind.Relative));
            await ofAnotherVersion.ShouldBeProblemAsync(404, "backtest_not_found");
        }

        using var cancel = await stranger.PostAsync(new Uri($"{BacktestApi.Path}/{backtest.Id}/cancel", UriKind.Relative), content: null);
        await cancel.ShouldBeProblemAsync(404, "backtest_not_found");
        (await ListAsync(stranger)).Backtests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Whoever_may_read_leads_may_look_and_only_whoever_may_write_models_may_ask()
    {
        var backtest = await SucceededAsync();
        using var reader = await _app.ClientAsync("acme", Scopes.LeadsRead);
        using var producer = await _app.ClientAsync("acme", Scopes.EngagementsWrite);

        (await reader.LookAsync(backtest.Id)).Report.ShouldNotBeNull();
        (await ListAsync(reader)).Backtests.ShouldHaveSingleItem();
        using var asked = await reader.PostBacktestAsync();
        await asked.ShouldBeProblemAsync(403, "missing_scope");
        using var cancelled = await reader.PostAsync(new Uri($"{BacktestApi.Path}/{backtest.Id}/cancel", UriKind.Relative), content: null);
        await cancelled.ShouldBeProblemAsync(403, "missing_scope");
        using var looked = await producer.GetAsync(new Uri($"{BacktestApi.Path}/{backtest.Id}", UriKind.Relative));
        await looked.ShouldBeProblemAsync(403, "missing_scope");
    }

    [Fact]
    public async Task The_list_goes_on_where_its_page_ends_the_newest_first_without_reports()
    {
        var asked = new List<Guid>();
        for (var i = 0; i < 5; i++) asked.Add((await SucceededAsync()).Id);

        var first = await ListAsync(_http, "?limit=3");
        var second = await ListAsync(_http, $"?limit=3&cursor={first.NextCursor}");

        first.Backtests.Concat(second.Backtests).Select(b => b.Id).ShouldBe(asked.AsEnumerable().Reverse());
        first.Backtests.ShouldAllBe(b => b.State == JobState.Succeeded && b.Report == null);
        second.NextCursor.ShouldBeNull();
        using var elsewhere = await _http.GetAsync(new Uri($"/v1/scoring-models/2/backtests?cursor={first.NextCursor}", UriKind.Relative));
        await elsewhere.ShouldBeProblemAsync(400, "cursor_invalid");
    }

    [Fact]
    public async Task A_report_is_the_same_bytes_each_time()
    {
        var backtest = await SucceededAsync();

        var first = await _http.GetStringAsync(new Uri($"{BacktestApi.Path}/{backtest.Id}", UriKind.Relative));
        var second = await _http.GetStringAsync(new Uri($"{BacktestApi.Path}/{backtest.Id}", UriKind.Relative));

        second.ShouldBe(first);
        first.ShouldEndWith($",\"report\":{BacktestApi.Report()}}}");
    }

    [Fact]
    public async Task Two_reports_stand_side_by_side_with_their_differences()
    {
        var first = await SucceededAsync();
        var second = await SucceededAsync(r => r with
        {
            Draft = r.Draft with { ModelId = "3-00000000", Qualifications = 70 },
            DraftQuality = r.DraftQuality with { Accepted = r.DraftQuality.Accepted with { Precision = 0.7, RocAuc = null } },
            UpTo = r.UpTo + 1,
        });

        var comparison = await ReadAsync<BacktestComparison>($"{BacktestApi.Path}/{first.Id}/compare?with={second.Id}");

        comparison.First.Id.ShouldBe(first.Id);
        comparison.Second.ModelId.ShouldBe("3-00000000");
        Measure("qualifications").ShouldBe(new("qualifications", 62, 70, 8));
        Measure("accepted_precision").ShouldBe(new("accepted_precision", 0.625, 0.7, 0.075));
        Measure("accepted_roc_auc").ShouldBe(new("accepted_roc_auc", 0.74, null, null));
        Measure("won_recall").Difference.ShouldBe(0);
        comparison.Notes.ShouldHaveSingleItem().ShouldContain("different positions");

        ComparedMeasure Measure(string name) => comparison.Measures.Single(m => m.Measure == name);
    }

    [Fact]
    public async Task What_has_no_report_cannot_be_compared()
    {
        var first = await SucceededAsync();
        var second = await _http.BacktestAsync();
        await _work.NextAsync();

        using var early = await _http.GetAsync(new Uri($"{BacktestApi.Path}/{first.Id}/compare?with={second.Id}", UriKind.Relative));
        await early.ShouldBeProblemAsync(409, "backtest_without_report");
        using var unknown = await _http.GetAsync(new Uri($"{BacktestApi.Path}/{first.Id}/compare?with={Guid.NewGuid()}", UriKind.Relative));
        await unknown.ShouldBeProblemAsync(404, "backtest_not_found");
        using var missing = await _http.GetAsync(new Uri($"{BacktestApi.Path}/{first.Id}/compare", UriKind.Relative));
        (await missing.ShouldBeProblemAsync(400, "validation_failed")).Errors!.Keys.ShouldBe(["with"]);
    }

    [Fact]
    public async Task A_preview_prefers_the_version_that_holds_and_then_whoever_read_furthest()
    {
        await _http.DraftAsync(ModelDrafts.WithThreshold(130));
        await _http.DraftAsync(ModelDrafts.WithThreshold(140));
        var best = await SucceededAsync(r => r with { Activation = r.Activation with { AsOf = DateTimeOffset.UtcNow.AddHours(-1) } });
        await SucceededAsync(body: """{"upTo":1}""");
        await SucceededAsync(body: """{"against":2}""");

        var preview = await ReadAsync<ActivationPreview>("/v1/scoring-models/1/preview");

        preview.BacktestId.ShouldBe(best.Id);
        preview.AgainstIsActive.ShouldBeTrue();
        preview.AgeSeconds.ShouldBeInRange(3_600, 3_660);
    }

    [Fact]
    public async Task A_preview_is_what_the_latest_success_says_of_activation()
    {
        using var none = await _http.GetAsync(new Uri("/v1/scoring-models/1/preview", UriKind.Relative));
        await none.ShouldBeProblemAsync(409, "backtest_needed");

        await SucceededAsync();
        var latest = await SucceededAsync(r => r with { Activation = r.Activation with { WouldCross = 99 } });
        var failed = await _http.BacktestAsync();
        (await _work.NextAsync()).Fail(new Host.Jobs.JobFailed("No."));
        await _http.UntilAsync(failed.Id, JobState.Failed);

        var preview = await ReadAsync<ActivationPreview>("/v1/scoring-models/1/preview");

        preview.BacktestId.ShouldBe(latest.Id);
        preview.ModelId.ShouldBe(latest.ModelId);
        preview.Activation.WouldCross.ShouldBe(99);
        preview.Activation.WouldCrossByGrade.ShouldBe(BacktestExamples.Report.Activation.WouldCrossByGrade);
        preview.UpTo.ShouldBe(latest.Request.UpTo!.Value);
        preview.AgainstIsActive.ShouldBeTrue();
    }

    [Fact]
    public async Task A_stream_tells_each_change_and_ends_with_the_end()
    {
        var backtest = await _http.BacktestAsync();
        var run = await _work.NextAsync();
        using var stream = await ProgressStream.OpenAsync(_http, backtest.Id);
        (await stream.UntilAsync(b => b.State == JobState.Running)).Name.ShouldBe("progress");

        run.Run.Progress.ExpectEvents(100);
        run.Run.Progress.Add(leads: 1, events: 30);
        (await stream.UntilAsync(b => b.Progress.Events == 30)).Backtest.Progress.EventsTotal.ShouldBe(100);
        run.Succeed(BacktestApi.Report());
        var last = await stream.UntilAsync(b => b.State == JobState.Succeeded);

        last.Name.ShouldBe("finished");
        last.Id.ShouldBe("finished");
        last.Backtest.Report.ShouldBeNull();
        (await stream.NextAsync()).ShouldBeNull("The stream ends.");
        using var again = new HttpRequestMessage(HttpMethod.Get, $"{BacktestApi.Path}/{backtest.Id}/events");
        again.Headers.Add("Last-Event-ID", last.Id);
        using var nothing = await _http.SendAsync(again);
        nothing.StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    private static async Task<HttpResponseMessage> PutCapacityAsync(HttpClient http, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await http.PutAsync(new Uri("/v1/sales-capacity", UriKind.Relative), content);
    }

    private async Task<BacktestView> SucceededAsync(Func<BacktestReport, BacktestReport>? change = null, string body = "{}")
    {
        var backtest = await _http.BacktestAsync(body);
        (await _work.NextAsync()).Succeed(BacktestApi.Report(change));
        return await _http.UntilAsync(backtest.Id, JobState.Succeeded);
    }

    private static async Task<BacktestPage> ListAsync(HttpClient http, string query = "")
    {
        using var answer = await http.GetAsync(new Uri($"{BacktestApi.Path}{query}", UriKind.Relative));
        return await answer.ReadAsync<BacktestPage>();
    }

    private async Task<T> ReadAsync<T>(string path)
    {
        using var answer = await _http.GetAsync(new Uri(path, UriKind.Relative));
        return await answer.ReadAsync<T>();
    }
}
