using LeadScoring.Host.Events;
using LeadScoring.Host.Scoring.Models;
using System.Threading.Channels;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Refreshing;
using LeadScoring.IntegrationTests.Setup;
using LeadScoring.IntegrationTests.Writing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace LeadScoring.IntegrationTests.Leads;

/// <summary>Stored scores stay within their tolerance.</summary>
public sealed class ScoreRefreshTests : IAsyncLifetime
{
    private static readonly ScoringModel Model = ScoringModelDocument.Default;
    private readonly MigratedDatabase _database = new();
    private readonly SetClock _clock = new(DateTimeOffset.UtcNow);

    public Task InitializeAsync() => _database.InitializeAsync();

    public Task DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task A_row_that_is_due_gets_the_score_of_now_and_stays_what_it_was()
    {
        await using var service = await WriterHarness.StartAsync(_database);
        var id = await SeededLeads.SimpleAsync(service, "acme");
        var before = await RowAsync(id);
        (await Refresh().RunPageAsync(default)).ShouldBe(0);

        _clock.Now = before.DueAt!.Value;
        (await Refresh().RunPageAsync(default)).ShouldBe(1);

        var after = await RowAsync(id);
        var exact = before.Lead.Lead.Score.At(_clock.Now, Model);
        after.Score.ShouldBe(exact, 1e-9);
        Math.Abs(before.Score - exact).ShouldBeInRange(0.3, 0.5);
        after.AsOf.ShouldBe(_clock.Now, TimeSpan.FromMicroseconds(1));
        after.DueAt.ShouldNotBeNull().ShouldBeGreaterThan(_clock.Now);
        (after.Version, after.UpdatedAt).ShouldBe((before.Version, before.UpdatedAt));
        after.Lead.Lead.ShouldBeEquivalentTo(before.Lead.Lead);
        (await Refresh().RunPageAsync(default)).ShouldBe(0);
    }

    [Fact]
    public async Task Two_instances_share_what_is_due_in_bounded_pages_and_do_nothing_twice()
    {
        await StoreAsync(1_300);
        _clock.Now = _clock.Now.AddDays(10);

        async Task<List<int>> RunAsync()
        {
            var pages = new List<int>();
            var refresh = Refresh();
            do pages.Add(await refresh.RunPageAsync(default));
            while (pages[^1] > 0);
            return pages;
        }

        var pages = await Task.WhenAll(Task.Run(RunAsync), Task.Run(RunAsync));

        pages.SelectMany(p => p).Sum().ShouldBe(1_300);
        pages.SelectMany(p => p).ShouldAllBe(rows => rows <= ScoreRefresh.PageRowsMax);
        (await CountRefreshedAsync()).ShouldBe(1_300);
    }

    [Fact]
    public async Task A_row_a_writer_holds_is_passed_over()
    {
        await StoreAsync(2);
        _clock.Now = _clock.Now.AddDays(10);
        await using var writer = await _database.DataSource.OpenConnectionAsync();
        await using var transaction = await writer.BeginTransactionAsync();
        await using var locking = new NpgsqlCommand("select id from mt_doc_lead limit 1 for update", writer);
        await locking.ExecuteNonQueryAsync();

        (await Refresh().RunPageAsync(default)).ShouldBe(1);
        await transaction.RollbackAsync();
        (await Refresh().RunPageAsync(default)).ShouldBe(1);
    }

    [Fact]
    public async Task A_document_that_cannot_be_read_is_made_of_its_stream_and_one_without_a_stream_waits()
    {
        await using var service = await WriterHarness.StartAsync(_database);
        var whole = await SeededLeads.EventfulAsync(service, "acme");
        var ids = await StoreAsync(2);
        await _database.ExecuteAsync("update mt_doc_lead set data = '{\"Score\": 5}' where id = any($1)", new[] { whole, ids[0] });
        _clock.Now = _clock.Now.AddDays(10);

        (await Refresh(service).RunPageAsync(default)).ShouldBe(3);

        (await Refresh(service).RunPageAsync(default)).ShouldBe(0);
        (await DueAsync(ids[0])).ShouldBe(_clock.Now + ScoreRefresh.UnreadablePause, TimeSpan.FromMicroseconds(1));
        (await RowAsync(ids[1])).AsOf.ShouldBe(_clock.Now, TimeSpan.FromMicroseconds(1));
        (await RowAsync(whole)).Lead.Lead.Score.CanAnswer(_clock.Now, Model).ShouldBeTrue();
    }

    [Fact]
    public async Task A_state_of_another_model_is_folded_again_from_the_stream()
    {
        await using var service = await WriterHarness.StartAsync(_database);
        var id = await SeededLeads.EventfulAsync(service, "acme");
        var lead = (await RowAsync(id)).Lead;
        await using (var session = service.Store.LightweightSession("acme"))
        {
            session.UpdateRevision(lead with { Lead = lead.Lead with { Score = lead.Lead.Score with { ModelId = "0-former" } } }, lead.Version);
            await session.SaveChangesAsync();
        }

        _clock.Now = _clock.Now.AddDays(10);

        (await Refresh(service).RunPageAsync(default)).ShouldBe(1);

        (await _database.ScalarAsync<string>("select model_id from mt_doc_lead where id = $1", id)).ShouldBe(Model.Id);
        (await RowAsync(id)).Lead.Lead.Score.CanAnswer(_clock.Now, Model).ShouldBeTrue();
        (await RowAsync(id)).Score.ShouldBe(lead.Lead.Score.At(_clock.Now, Model), 1e-9);
    }

    [Fact]
    public async Task The_refresher_goes_on_after_the_database_was_away()
    {
        await StoreAsync(1);
        _clock.Now = _clock.Now.AddDays(10);
        var name = new NpgsqlConnectionStringBuilder(_database.ConnectionString).Database!;
        await using var admin = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(_database.ConnectionString) { Database = "postgres", Pooling = false });
        await AdminAsync($"alter database {name} with allow_connections false");
        await AdminAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
        var clock = new HastyClock(_clock.Now);
        using var refresher = new ScoreRefresher(Refresh(clock), clock, NullLogger<ScoreRefresher>.Instance);

        await refresher.StartAsync(default);
        await clock.PausesAsync(3);
        await AdminAsync($"alter database {name} with allow_connections true");
        await clock.PausesAsync(3);

        (await CountRefreshedAsync()).ShouldBe(1);
        await refresher.StopAsync(default);

        async Task AdminAsync(string sql)
        {
            await using var command = admin.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }
    }

    private ScoreRefresh Refresh(TimeProvider? clock = null)
    {
        var streams = new LeadStreams(_database.DataSource, new EventTypes(), TenantModels.Only(Model));
        return new(_database.DataSource, streams, TenantModels.Only(Model), clock ?? _clock, NullLogger<ScoreRefresh>.Instance);
    }

    private ScoreRefresh Refresh(WriterHarness service) =>
        new(_database.DataSource, service.Streams, TenantModels.Only(Model), _clock, NullLogger<ScoreRefresh>.Instance);

    private Task<long> CountRefreshedAsync() => _database.ScalarAsync<long>(
        $"select count(*) from mt_doc_lead where {LeadColumns.ScoreAsOf} >= $1", _clock.Now.AddSeconds(-1).UtcDateTime);

    private async Task<Guid[]> StoreAsync(int count)
    {
        var leads = Enumerable.Range(0, count)
            .Select(_ => Lead.New(Guid.CreateVersion7(), Model).Evolve(new EngagementRecorded("web", "1", "webinar_attended", _clock.Now), Model))
            .Select(lead => LeadDocument.Of("acme", lead, _clock.Now, Model, _clock.Now))
            .ToArray();
        await using var store = MartenSetup.StoreOf(_database.DataSource);
        await using var session = store.LightweightSession("acme");
        foreach (var lead in leads) session.UpdateRevision(lead, lead.Version);
        await session.SaveChangesAsync();
        return [.. leads.Select(l => l.Id)];
    }

    private async Task<Row> RowAsync(Guid id)
    {
        await using var store = MartenSetup.StoreOf(_database.DataSource);
        await using var session = store.QuerySession("acme");
        var lead = (await session.LoadAsync<LeadDocument>(id)).ShouldNotBeNull();
        return new(lead.Version, lead.Score, lead.ScoreAsOf, lead.RefreshDueAt, lead.UpdatedAt, lead);
    }

    private Task<DateTimeOffset> DueAsync(Guid id) => _database.ScalarAsync<DateTime>("select refresh_due_at from mt_doc_lead where id = $1", id)
        .ContinueWith(t => new DateTimeOffset(t.Result), TaskScheduler.Default);

    private sealed record Row(long Version, double Score, DateTimeOffset AsOf, DateTimeOffset? DueAt, DateTimeOffset UpdatedAt, LeadDocument Lead);

    /// <summary>Pauses take no time but are counted, so that a test can wait for them.</summary>
    private sealed class HastyClock(DateTimeOffset now) : TimeProvider
    {
        private readonly Channel<TimeSpan> _pauses = Channel.CreateUnbounded<TimeSpan>();

        public override DateTimeOffset GetUtcNow() => now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _pauses.Writer.TryWrite(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.FromMilliseconds(1), period);
        }

        /// <summary>Returns when there were this many more.</summary>
        public async Task PausesAsync(int count)
        {
            while (_pauses.Reader.TryRead(out _))
            {
            }

            using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            for (var i = 0; i < count; i++) await _pauses.Reader.ReadAsync(timeout.Token);
        }
    }
}
