using System.Collections.Concurrent;
using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Backtests;
using LeadScoring.Host.Jobs;
using LeadScoring.IntegrationTests.Faults;
using LeadScoring.IntegrationTests.Setup;
using Marten.Services;
using Microsoft.Extensions.DependencyInjection;

namespace LeadScoring.IntegrationTests.Jobs;

/// <summary>Instances come and go; every job ends once.</summary>
public sealed class JobTakeOverTests : IAsyncLifetime
{
    private readonly MigratedDatabase _database = new();
    private readonly HeldWork _firstWork = new();
    private readonly HeldWork _secondWork = new();
    private readonly HeldWork _deafWork = new() { IsDeaf = true };

    public Task InitializeAsync() => _database.InitializeAsync();

    public Task DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task An_instance_stopped_in_the_middle_gives_its_job_back_and_another_begins_it_again()
    {
        var first = await RunningApp.StartAsync(_database.ConnectionString, _firstWork.Register);
        using var http = await first.ClientAsync();
        var backtest = await http.BacktestAsync();
        var run = await _firstWork.NextAsync();
        run.Run.Progress.Add(leads: 1, events: 10);
        await http.UntilAsync(backtest.Id, b => b.Progress.Events == 10, "10 events");

        await first.DisposeAsync();
        (await _database.JobsAsync()).Single().State.ShouldBe(JobState.Queued);
        await using var second = await RunningApp.StartAsync(_database.ConnectionString, _secondWork.Register);
        using var again = await second.ClientAsync();
        var secondRun = await _secondWork.NextAsync();

        secondRun.Run.Parameters.ShouldBe(run.Run.Parameters);
        (await again.LookAsync(backtest.Id)).Progress.Events.ShouldBe(0, "It begins from the beginning.");
        secondRun.Succeed(BacktestApi.Report());
        await again.UntilAsync(backtest.Id, JobState.Succeeded);
        (await _database.JobsAsync()).Single().Runs.ShouldBe(1, "Being stopped with the instance does not count.");
    }

    [Fact]
    public async Task An_instance_that_is_cut_off_loses_its_job_and_what_it_says_later_counts_for_nothing()
    {
        using var gate = new DatabaseGate(_database.ConnectionString);
        await using var first = await RunningApp.StartAsync(gate.ConnectionString, _deafWork.Register);
        using var before = await first.ClientAsync();
        var backtest = await before.BacktestAsync();
        var cutOff = await _deafWork.NextAsync();
        await using var second = await RunningApp.StartAsync(_database.ConnectionString, _secondWork.Register);
        using var http = await second.ClientAsync();

        gate.Shut();
        var takenOver = await _secondWork.NextAsync();
        takenOver.Run.Id.ShouldBe(backtest.Id);
        gate.Open();
        cutOff.Succeed(BacktestApi.Report(r => r with { Leads = 1 }));
        using var elsewhere = await first.ClientAsync("other");
        await elsewhere.BacktestAsync();
        await _deafWork.NextAsync(); // What the first one had to say is said.
        takenOver.Succeed(BacktestApi.Report(r => r with { Leads = 2 }));

        var done = await http.UntilAsync(backtest.Id, JobState.Succeeded);
        done.Report!.Leads.ShouldBe(2);
        (await _database.JobsAsync()).Single(j => j.Id == backtest.Id).Runs.ShouldBe(2);
    }

    [Fact]
    public async Task A_killed_instance_s_job_is_begun_again_and_ends()
    {
        await using var holder = await _database.DataSource.OpenConnectionAsync();
        await using var transaction = await holder.BeginTransactionAsync();
        BacktestView backtest;
        await using (var killed = await ServiceProcess.StartAsync(_database.ConnectionString, new Dictionary<string, string>()))
        {
            using var http = new HttpClient { BaseAddress = killed.Address };
            http.DefaultRequestHeaders.Authorization = new("Bearer", await MakeKeyAsync());
            backtest = await _database.Documents.MakeAndHoldAsync("acme", holder, () => http.BacktestAsync());
            await _database.UntilAsync("select exists (select from mt_doc_job where state = 'Running')");
            await _database.UntilWaitingForLockAsync(holder);
            await killed.KillAsync();
        }

        await transaction.RollbackAsync();
        await using var second = await RunningApp.StartAsync(_database.ConnectionString);
        using var again = await second.ClientAsync();

        (await again.UntilAsync(backtest.Id, JobState.Succeeded)).Report.ShouldNotBeNull();
        (await _database.JobsAsync()).Single().Runs.ShouldBe(2);
    }

    [Fact]
    public async Task Of_two_instances_one_does_each_job()
    {
        var runs = new ConcurrentBag<Guid>();
        var kind = new JobKind(BacktestJob.Kind, (run, _) =>
        {
            runs.Add(run.Id);
            return Task.FromResult(BacktestApi.Report());
        });
        await using var first = await RunningApp.StartAsync(_database.ConnectionString, services => services.AddSingleton(kind));
        await using var second = await RunningApp.StartAsync(_database.ConnectionString, services => services.AddSingleton(kind));
        using var http = await first.ClientAsync();
        var asked = new List<Guid>();
        for (var i = 0; i < JobBounds.UnfinishedPerTenantMax; i++) asked.Add((await http.BacktestAsync()).Id);

        foreach (var id in asked) await http.UntilAsync(id, JobState.Succeeded);

        runs.Order().ShouldBe(asked.Order());
    }

    [Fact]
    public async Task However_many_ask_at_once_of_two_instances_no_more_wait_than_may()
    {
        await using var first = await RunningApp.StartAsync(_database.ConnectionString, _firstWork.Register);
        await using var second = await RunningApp.StartAsync(_database.ConnectionString, _secondWork.Register);
        using var one = await first.ClientAsync();
        using var two = second.Client((await second.MakeKeyAsync()).Key);
        for (var i = 0; i < JobBounds.UnfinishedPerTenantMax - 1; i++) await one.BacktestAsync();
        await using var holder = await _database.DataSource.OpenConnectionAsync();
        await using var transaction = await holder.BeginTransactionAsync();
        var within = SessionOptions.ForTransaction(transaction);
        within.TenantId = "acme";
        await using (var session = _database.Documents.LightweightSession(within))
        {
            // Whoever has counted comes to a stop here: its key may be taken, if this is stored.
            session.Insert(Enumerable.Range(1, 8).Select(n => StoredJobs.Finished() with { CreationKey = $"key-{n}" }));
            await session.SaveChangesAsync();
        }

        var asking = Enumerable.Range(1, 8).Select(n => (n % 2 == 0 ? one : two).PostBacktestAsync(idempotencyKey: $"key-{n}")).ToList();
        await _database.UntilAsync("select count(*) = 8 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");
        await transaction.RollbackAsync();
        var answers = await Task.WhenAll(asking);

        answers.CountBy(a => (int)a.StatusCode).ToDictionary().ShouldBe(new Dictionary<int, int> { [202] = 1, [409] = 7 }, ignoreOrder: true);
        (await _database.JobsAsync()).Count(j => !j.IsFinished).ShouldBe(JobBounds.UnfinishedPerTenantMax);
        foreach (var answer in answers) answer.Dispose();
    }

    [Fact]
    public async Task A_job_whose_instances_keep_dying_has_failed_at_last()
    {
        Guid id;
        await using (var first = await RunningApp.StartAsync(_database.ConnectionString, _firstWork.Register))
        {
            using var http = await first.ClientAsync();
            id = (await http.BacktestAsync()).Id;
            await _firstWork.NextAsync();
        }

        await _database.AbandonJobAsync(id, job => job with { Runs = JobBounds.RunsMax });
        await using var second = await RunningApp.StartAsync(_database.ConnectionString, _secondWork.Register);
        using var again = await second.ClientAsync();

        (await again.UntilAsync(id, JobState.Failed)).Failure.ShouldNotBeNull().ShouldContain("3 times");
        _secondWork.HasBegunAnother.ShouldBeFalse();
    }

    [Fact]
    public async Task A_job_that_was_to_end_when_its_instance_died_is_not_begun_again()
    {
        Guid id;
        await using (var first = await RunningApp.StartAsync(_database.ConnectionString, _firstWork.Register))
        {
            using var http = await first.ClientAsync();
            id = (await http.BacktestAsync()).Id;
            await _firstWork.NextAsync();
        }

        await _database.AbandonJobAsync(id, job => job with { Runs = 1, CancelRequestedAt = DateTimeOffset.UtcNow });
        await using var second = await RunningApp.StartAsync(_database.ConnectionString, _secondWork.Register);
        using var again = await second.ClientAsync();

        await again.UntilAsync(id, JobState.Cancelled);
        _secondWork.HasBegunAnother.ShouldBeFalse();
    }

    private async Task<string> MakeKeyAsync()
    {
        await new Tenants(_database.Registry, TimeProvider.System).CreateAsync("acme", "acme", default);
        var keys = new ApiKeys(_database.Registry, TimeProvider.System);
        return (await keys.CreateAsync("acme", new("test", Scopes.All), default)).Created!.Key;
    }
}
