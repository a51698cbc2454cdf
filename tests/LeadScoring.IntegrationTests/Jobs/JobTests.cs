using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Backtests;
using LeadScoring.Host.Http;
using LeadScoring.Host.Jobs;
using LeadScoring.IntegrationTests.Setup;
using LeadScoring.IntegrationTests.Webhooks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LeadScoring.IntegrationTests.Jobs;

/// <summary>The way of a job from the request to its result, with work that ends when the test says so.</summary>
public sealed class JobTests : IAsyncLifetime
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

    [Fact]
    public async Task It_is_queued_runs_says_how_far_it_is_and_shows_its_report()
    {
        using var accepted = await _http.PostBacktestAsync("""{"capacityPerWeek":35}""");
        var queued = await accepted.ReadAsync<BacktestView>(HttpStatusCode.Accepted);
        queued.Version.ShouldBe(1);
        queued.Against.ShouldBe(1);
        queued.Request.CapacityPerWeek.ShouldBe(35);
        queued.Request.UpTo.ShouldNotBeNull("The end of the log as of the request is what is read.");
        queued.Report.ShouldBeNull();
        accepted.Headers.Location!.ToString().ShouldBe($"{BacktestApi.Path}/{queued.Id}");

        var run = await _work.NextAsync();
        run.Run.Id.ShouldBe(queued.Id);
        run.Run.TenantId.ShouldBe("acme");
        run.Run.ModelVersion.ShouldBe(1);
        run.Run.Progress.ExpectEvents(1_000);
        run.Run.Progress.Add(leads: 40, events: 400);
        var running = await _http.UntilAsync(queued.Id, b => b.Progress.Events == 400, "400 events");
        running.State.ShouldBe(JobState.Running);
        running.StartedAt.ShouldNotBeNull();
        running.Progress.EventsTotal.ShouldBe(1_000);
        running.Progress.Leads.ShouldBe(40);
        running.Progress.EventsPerSecond.ShouldBeGreaterThan(0);
        running.Progress.EtaSeconds.ShouldBe((long)Math.Ceiling(600 / running.Progress.EventsPerSecond));

        run.Run.Progress.Add(leads: 20, events: 600);
        run.Succeed(BacktestApi.Report());
        var done = await _http.UntilAsync(queued.Id, JobState.Succeeded);
        done.FinishedAt.ShouldNotBeNull();
        done.Progress.Events.ShouldBe(1_000, "What was counted last is stored with the end.");
        done.Progress.EtaSeconds.ShouldBeNull();
        JsonSerializer.Serialize(done.Report!, WireJson.Default.BacktestReport).ShouldBe(BacktestApi.Report());
    }

    [Fact]
    public async Task An_instance_does_one_at_a_time_and_tenants_take_turns()
    {
        using var other = await _app.ClientAsync("other");
        var first = await _http.BacktestAsync();
        var run = await _work.NextAsync();
        var second = await _http.BacktestAsync();
        var third = await other.BacktestAsync();
        (await _http.LookAsync(second.Id)).State.ShouldBe(JobState.Queued);
        _work.HasBegunAnother.ShouldBeFalse();

        run.Succeed(BacktestApi.Report());
        run = await _work.NextAsync();
        run.Run.Id.ShouldBe(third.Id, "The other tenant has had nothing done so far.");
        run.Succeed(BacktestApi.Report());
        run = await _work.NextAsync();
        run.Run.Id.ShouldBe(second.Id);
        run.Succeed(BacktestApi.Report());

        (await _http.UntilAsync(second.Id, JobState.Succeeded)).StartedAt!.Value.ShouldBeGreaterThanOrEqualTo((await _http.LookAsync(first.Id)).FinishedAt!.Value);
    }

    [Fact]
    public async Task A_running_one_is_cancelled_within_about_a_second()
    {
        var backtest = await _http.BacktestAsync();
        var run = await _work.NextAsync();

        var cancelled = await _http.CancelAsync(backtest.Id);
        cancelled.State.ShouldBe(JobState.Running);
        cancelled.CancelRequestedAt.ShouldNotBeNull();
        await run.UntilToldToEndAsync();
        var ended = await _http.UntilAsync(backtest.Id, JobState.Cancelled);

        ended.FinishedAt!.Value.ShouldBeLessThan(cancelled.CancelRequestedAt!.Value.AddSeconds(10));
        ended.Report.ShouldBeNull();
        (await _http.CancelAsync(backtest.Id)).ShouldBe(ended, "Cancelling again changes nothing.");
    }

    [Fact]
    public async Task A_queued_one_is_cancelled_at_once_and_a_finished_one_stays_as_it_is()
    {
        var running = await _http.BacktestAsync();
        var run = await _work.NextAsync();
        var queued = await _http.BacktestAsync();

        (await _http.CancelAsync(queued.Id)).State.ShouldBe(JobState.Cancelled);
        run.Succeed(BacktestApi.Report());
        await _http.UntilAsync(running.Id, JobState.Succeeded);
        (await _http.CancelAsync(running.Id)).State.ShouldBe(JobState.Succeeded);

        var last = await _http.BacktestAsync();
        (await _work.NextAsync()).Run.Id.ShouldBe(last.Id, "The cancelled one is never begun.");
    }

    [Fact]
    public async Task What_cannot_be_done_says_why_in_a_sentence()
    {
        var backtest = await _http.BacktestAsync();
        (await _work.NextAsync()).Fail(new JobFailed("There is nothing to try it on."));

        (await _http.UntilAsync(backtest.Id, JobState.Failed)).Failure.ShouldBe("There is nothing to try it on.");
    }

    [Fact]
    public async Task A_mistake_of_ours_fails_the_job_keeps_its_words_and_the_next_one_runs()
    {
        var backtest = await _http.BacktestAsync();
        (await _work.NextAsync()).Fail(new InvalidOperationException("secret detail"));
        var failure = (await _http.UntilAsync(backtest.Id, JobState.Failed)).Failure.ShouldNotBeNull();
        failure.ShouldNotContain("secret");

        var next = await _http.BacktestAsync();
        (await _work.NextAsync()).Succeed(BacktestApi.Report());
        await _http.UntilAsync(next.Id, JobState.Succeeded);
    }

    [Fact]
    public async Task A_result_beyond_the_bound_is_not_kept()
    {
        var backtest = await _http.BacktestAsync();
        (await _work.NextAsync()).Succeed($"\"{new string('x', JobBounds.ResultBytesMax)}\"");

        (await _http.UntilAsync(backtest.Id, JobState.Failed)).Failure.ShouldNotBeNull().ShouldContain("8 MiB");
    }

    [Fact]
    public async Task The_same_request_under_one_key_makes_one_job()
    {
        using var first = await _http.PostBacktestAsync("""{"capacityPerWeek":35}""", "try-1");
        var made = await first.ReadAsync<BacktestView>(HttpStatusCode.Accepted);
        var run = await _work.NextAsync();
        using var again = await _http.PostBacktestAsync("""{"capacityPerWeek":35}""", "try-1");
        (await again.ReadAsync<BacktestView>()).Id.ShouldBe(made.Id);
        again.Headers.Location.ShouldBe(first.Headers.Location);

        using var other = await _http.PostBacktestAsync("""{"capacityPerWeek":36}""", "try-1");
        await other.ShouldBeProblemAsync(422, "idempotency_key_reused");
        using var bad = await _http.PostBacktestAsync("{}", new string('k', 129));
        await bad.ShouldBeProblemAsync(400, "idempotency_key_invalid");
        using var stranger = await _app.ClientAsync("other");
        using var strangers = await stranger.PostBacktestAsync("""{"capacityPerWeek":35}""", "try-1");
        (await strangers.ReadAsync<BacktestView>(HttpStatusCode.Accepted)).Id.ShouldNotBe(made.Id);

        run.Succeed(BacktestApi.Report());
        (await _work.NextAsync()).Succeed(BacktestApi.Report());
        (await _database.JobsAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Only_so_many_of_a_tenant_wait()
    {
        for (var i = 0; i < JobBounds.UnfinishedPerTenantMax; i++) await _http.BacktestAsync();

        using var tooMany = await _http.PostBacktestAsync();
        await tooMany.ShouldBeProblemAsync(409, "too_many_jobs");
        using var stranger = await _app.ClientAsync("other");
        await stranger.BacktestAsync();
    }

    [Fact]
    public async Task Those_that_wait_run_and_have_ended_are_counted_by_kind()
    {
        var (open, ended) = (new ConcurrentDictionary<string, long>(), new ConcurrentQueue<string>());
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, me) =>
        {
            var isOurs = ReferenceEquals(instrument.Meter.Scope, _app.Services.GetRequiredService<IMeterFactory>());
            if (isOurs && instrument.Name.StartsWith("leadscoring.jobs.", StringComparison.Ordinal)) me.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, jobs, tags, _) =>
        {
            if (instrument.Name == "leadscoring.jobs.open") open[Name(tags)] = jobs;
            else ended.Enqueue($"{jobs} {Name(tags)}");
        });
        listener.SetMeasurementEventCallback<double>((instrument, seconds, tags, _) =>
        {
            seconds.ShouldBeInRange(0, 600);
            ended.Enqueue($"{instrument.Unit} {Name(tags)}");
        });
        listener.Start();

        var backtest = await _http.BacktestAsync();
        var run = await _work.NextAsync();
        await _http.BacktestAsync();
        await _app.Services.GetServices<IHostedService>().OfType<OpenJobs>().Single().CountAsync(default);
        listener.RecordObservableInstruments();
        open.ShouldBe(
            new Dictionary<string, long>
            {
                ["backtest queued"] = 1, ["backtest running"] = 1, ["suggestion queued"] = 0, ["suggestion running"] = 0,
            },
            ignoreOrder: true);

        run.Fail(new JobFailed("No."));
        await _work.NextAsync(); // By then the first one is counted.
        (await _http.LookAsync(backtest.Id)).State.ShouldBe(JobState.Failed);
        ended.ShouldBe(["1 backtest failed", "s backtest failed"]);

        static string Name(ReadOnlySpan<KeyValuePair<string, object?>> tags) => string.Join(' ', tags.ToArray().OrderBy(t => t.Key).Select(t => t.Value));
    }

    [Fact]
    public async Task The_oldest_results_go_but_not_the_last_word_on_a_version()
    {
        await FillAsync();
        var backtest = await _http.BacktestAsync();
        (await _work.NextAsync()).Succeed(BacktestApi.Report());
        await _http.UntilAsync(backtest.Id, JobState.Succeeded);

        await Eventually.TrueAsync(async () => (await _database.JobsAsync()).Count == JobBounds.FinishedPerTenantMax + 2, "the oldest are gone");
        (await _database.JobsAsync()).Where(j => j.ModelVersion == 7).Select(j => (j.Against, j.UpTo)).ShouldBe(
            [(1, 9L), (2, 1L)], "of those against version 1 the one that looked furthest");
        (await _http.LookAsync(backtest.Id)).State.ShouldBe(JobState.Succeeded);
    }

    [Fact]
    public async Task Whoever_only_cancels_keeps_no_more_either()
    {
        await _http.BacktestAsync();
        await _work.NextAsync(); // And lasts.
        var queued = await _http.BacktestAsync();
        await FillAsync();

        using var cancelled = await _http.PostAsync($"{BacktestApi.Path}/{queued.Id}/cancel", content: null);

        cancelled.EnsureSuccessStatusCode();
        (await _database.JobsAsync()).Count(j => j.IsFinished).ShouldBe(JobBounds.FinishedPerTenantMax + 2);
    }

    /// <summary>250 finished ones of long ago; the first three are of version 7.</summary>
    private Task FillAsync() => _database.AddJobsAsync("acme", Enumerable.Range(1, 250).Select(n =>
    {
        var job = StoredJobs.Finished();
        return job with
        {
            ModelVersion = n <= 3 ? 7 : 1, Against = n == 3 ? 2 : 1, UpTo = n == 1 ? 9 : 1, FinishedAt = job.FinishedAt!.Value.AddSeconds(n),
        };
    }));
}
