using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Http;
using LeadScoring.Host.Operations.Commands;
using LeadScoring.IntegrationTests.Backtests;
using LeadScoring.IntegrationTests.Scoring;
using LeadScoring.IntegrationTests.Setup;
using LeadScoring.IntegrationTests.Webhooks;
using LeadScoring.IntegrationTests.Writing;
using Npgsql;

namespace LeadScoring.IntegrationTests.Jobs;

/// <summary>A year looked back on by a running service and from the console.</summary>
public sealed class LookingBackTests(YearLookedBackOn year) : IClassFixture<YearLookedBackOn>, IAsyncLifetime
{
    private const string Tenant = WriterHarness.Tenant;
    private RunningApp _app = null!;
    private HttpClient _http = null!;

    public async Task InitializeAsync()
    {
        _app = await RunningApp.StartAsync(year.Database.ConnectionString);
        _http = await _app.ClientAsync(Tenant);
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task The_console_and_the_service_report_the_same_byte_for_byte()
    {
        var file = Path.GetTempFileName();
        var (code, output, error) = await ConsoleAsync("backtest", "--tenant", Tenant, "--version", "1", "--capacity", "2", "--output", file);
        code.ShouldBe(0, error);
        var fromConsole = await File.ReadAllTextAsync(file);
        File.Delete(file);
        var upTo = JsonDocument.Parse(fromConsole).RootElement.GetProperty("upTo").GetInt64();

        var asked = await _http.BacktestAsync($$"""{"capacityPerWeek":2,"upTo":{{upTo}}}""");
        var done = await _http.UntilAsync(asked.Id, JobState.Succeeded);

        (await _http.GetStringAsync(new Uri($"{BacktestApi.Path}/{asked.Id}", UriKind.Relative))).ShouldEndWith($",\"report\":{fromConsole}}}");
        var report = done.Report.ShouldNotBeNull();
        report.Fidelity.Decided.ShouldBeGreaterThan(60);
        report.Fidelity.Reproduced.ShouldBe(report.Fidelity.Decided);
        done.Progress.Events.ShouldBe(report.Events);
        var kept = await PageAsync();
        kept.Backtests.Count(b => b.RequestedBy == "console" && b.State == JobState.Succeeded).ShouldBeGreaterThan(0);
        output.ShouldContain("Version 1 (");
        output.ShouldContain($"{report.Draft.Qualifications}");
        output.ShouldContain("weeks above 2");
        output.ShouldContain("Kept as backtest ");
    }

    [Fact]
    public async Task A_draft_is_tried_as_it_was_when_that_was_asked_for_and_the_preview_is_of_its_present_text()
    {
        var version = (await _http.DraftAsync(ModelDrafts.WithThreshold(130))).Model.Version;
        var path = $"/v1/scoring-models/{version}";
        using (var early = await _http.GetAsync(new Uri($"{path}/preview", UriKind.Relative))) await early.ShouldBeProblemAsync(409, "backtest_needed");

        using var accepted = await _http.PostBacktestAsync(path: $"{path}/backtests");
        var asked = await accepted.ReadAsync<BacktestView>(HttpStatusCode.Accepted);
        var place = accepted.Headers.Location!;
        BacktestView? done = null;
        await Eventually.TrueAsync(async () => (done = await _http.GetFromJsonAsync<BacktestView>(place))!.State == JobState.Succeeded, "the report");
        done!.Report!.Draft.ShouldSatisfyAllConditions(m => m.Threshold.ShouldBe(130), m => m.ModelId.ShouldBe(asked.ModelId), m => m.Version.ShouldBe(version));
        done.Report.Live.Threshold.ShouldBe(100);
        done.Report.Draft.Qualifications.ShouldBeLessThan(done.Report.Live.Qualifications);

        var preview = await _http.GetFromJsonAsync<ActivationPreview>(new Uri($"{path}/preview", UriKind.Relative));
        preview!.BacktestId.ShouldBe(asked.Id);
        JsonSerializer.Serialize(preview.Activation, WireJson.Default.BacktestActivation)
            .ShouldBe(JsonSerializer.Serialize(done.Report.Activation, WireJson.Default.BacktestActivation));

        using (var edited = await _http.PutAsJsonAsync(path, new EditScoringModelRequest(ModelDrafts.WithThreshold(140), "mia"))) await edited.ReadAsync<ScoringModelReceipt>();
        using var late = await _http.GetAsync(new Uri($"{path}/preview", UriKind.Relative));
        await late.ShouldBeProblemAsync(409, "backtest_needed");
    }

    [Fact]
    public async Task With_too_little_data_a_suggestion_is_refused_with_a_reason_over_both_ways()
    {
        using var accepted = await _http.PostAsync("/v1/scoring-models/suggestions", new(Target: SuggestionTarget.Won), WireJson.Default.SuggestionRequest);
        var asked = await accepted.ReadAsync<SuggestionView>(HttpStatusCode.Accepted);
        asked.Request.BasedOn.ShouldBe(1);
        SuggestionView? done = null;
        await Eventually.TrueAsync(
            async () => (done = await _http.GetFromJsonAsync<SuggestionView>(accepted.Headers.Location!))!.State == JobState.Succeeded, "the suggestion");

        done!.Result!.Refused.ShouldBe(SuggestionRefusal.TooFewWithOutcome);
        done.Result.RefusedBecause.ShouldNotBeNullOrWhiteSpace();
        done.Result.DraftVersion.ShouldBeNull();
        var (code, output, error) = await ConsoleAsync("suggest", "--tenant", Tenant, "--target", "won");
        code.ShouldBe(0, error);
        output.ShouldContain($"No suggestion: {done.Result.RefusedBecause}");
        using var stranger = await _app.ClientAsync("other");
        using var none = await stranger.GetAsync(accepted.Headers.Location!);
        await none.ShouldBeProblemAsync(404, "suggestion_not_found");
    }

    [Theory]
    [InlineData("There is no tenant 'nobody'", "--tenant", "nobody", "--version", "1")]
    [InlineData("no such version", "--tenant", Tenant, "--version", "99")]
    [InlineData("--capacity: A number", "--tenant", Tenant, "--version", "1", "--capacity", "0")]
    [InlineData("--against: There is no such version", "--tenant", Tenant, "--version", "1", "--against", "98")]
    [InlineData("--up-to: The log does not reach so far", "--tenant", Tenant, "--version", "1", "--up-to", "1000000")]
    [InlineData("--output: There is no folder '/no/where'", "--tenant", Tenant, "--version", "1", "--output", "/no/where/report.json")]
    [InlineData("--from is 'spring'", "--tenant", Tenant, "--version", "1", "--from", "spring")]
    public async Task The_console_says_in_a_sentence_what_is_wrong(string sentence, params string[] options)
    {
        var (code, _, error) = await ConsoleAsync(["backtest", .. options]);

        code.ShouldBe(2);
        error.TrimEnd().Split('\n').ShouldHaveSingleItem().ShouldContain(sentence);
    }

    [Fact]
    public async Task A_report_that_cannot_be_written_is_shown_and_kept_all_the_same()
    {
        var folder = Directory.CreateTempSubdirectory();
        var (code, output, error) = await ConsoleAsync("backtest", "--tenant", Tenant, "--version", "1", "--up-to", "50", "--output", folder.FullName);
        folder.Delete();

        code.ShouldBe(2);
        error.TrimEnd().Split('\n').ShouldHaveSingleItem().ShouldContain("--output: ");
        output.ShouldContain("up to log position 50.");
        output.ShouldContain("Kept as backtest ");
    }

    [Fact]
    public async Task Ctrl_C_cancels()
    {
        await using var holder = await year.Database.DataSource.OpenConnectionAsync();
        await using var transaction = await holder.BeginTransactionAsync();
        var start = new ProcessStartInfo("dotnet", [Faults.ServiceProcess.Program, "backtest", "--tenant", Tenant, "--version", "1"])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["ConnectionStrings__LeadScoring"] = year.Database.ConnectionString;
        var before = await PageAsync();
        await using var hold = new NpgsqlCommand("lock table mt_streams in access exclusive mode", holder);
        await hold.ExecuteNonQueryAsync();
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());

        // The service of this database waits for the table too, now and then: the command has connections of its own.
        await year.Database.UntilAsync(
            "select exists (select from pg_stat_activity where application_name = 'leadscoring' and $1 = any(pg_blocking_pids(pid)))", holder.ProcessID);
        using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"])) await kill.WaitForExitAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));

        process.ExitCode.ShouldBe(130, await error + await output);
        await transaction.RollbackAsync();
        (await PageAsync()).Backtests.Select(b => b.Id).ShouldBe(before.Backtests.Select(b => b.Id), "What is not done is not kept.");
    }

    private async Task<BacktestPage> PageAsync()
    {
        using var answer = await _http.GetAsync(new Uri(BacktestApi.Path, UriKind.Relative));
        return await answer.ReadAsync<BacktestPage>();
    }

    private async Task<(int Code, string Output, string Error)> ConsoleAsync(params string[] arguments)
    {
        using var output = new StringWriter(new StringBuilder());
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync([.. arguments, "--set", $"ConnectionStrings:LeadScoring={year.Database.ConnectionString}"], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
