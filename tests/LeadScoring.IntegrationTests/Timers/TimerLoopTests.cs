using LeadScoring.Domain.Leads;
using LeadScoring.Host.Storage;
using LeadScoring.Host.Timers;
using LeadScoring.IntegrationTests.Leads;
using LeadScoring.IntegrationTests.Setup;
using LeadScoring.IntegrationTests.Writing;
using Microsoft.Extensions.Logging.Abstractions;
using static LeadScoring.IntegrationTests.Writing.WriterHarness;

namespace LeadScoring.IntegrationTests.Timers;

/// <summary>One instance looks for due timers, and another when that one has gone or the database was away.</summary>
public sealed class TimerLoopTests : IAsyncLifetime
{
    private readonly MigratedDatabase _database = new();
    private readonly SetClock _clock = new(new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero));

    public Task InitializeAsync() => _database.InitializeAsync();

    public Task DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Another_instance_goes_on_when_the_first_has_gone()
    {
        await using var service = await WriterHarness.StartAsync(_database, clock: _clock);
        var (first, second) = (Loop(service), Loop(service));
        await first.StartAsync(default);
        await HandOffAsync(service, "ann");
        _clock.Now = _clock.Now.AddHours(18);
        await UntilRaisedAsync("acceptance_due_soon", 1);
        await second.StartAsync(default);
        await first.StopAsync(default);

        await HandOffAsync(service, "bob");
        _clock.Now = _clock.Now.AddHours(24);
        await UntilRaisedAsync("acceptance_overdue", 2);

        await second.StopAsync(default);
        (await _database.ScalarAsync<long>("select count(*) from mt_events where type = 'acceptance_due_soon'")).ShouldBe(1);
    }

    [Fact]
    public async Task A_lost_session_is_no_end()
    {
        await using var service = await WriterHarness.StartAsync(_database, clock: _clock);
        var loop = Loop(service);
        await loop.StartAsync(default);
        await HandOffAsync(service, "ann");
        _clock.Now = _clock.Now.AddHours(18);
        await UntilRaisedAsync("acceptance_due_soon", 1);

        await _database.ExecuteAsync(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
        _database.DataSource.Clear();
        _clock.Now = _clock.Now.AddHours(6);
        await UntilRaisedAsync("acceptance_overdue", 1);

        await loop.StopAsync(default);
    }

    private TimerLoop Loop(WriterHarness service) => new(
        service.Timers(), [], new Leadership(_database.DataSource, TimeProvider.System, NullLogger<Leadership>.Instance), TimeProvider.System);

    private async Task HandOffAsync(WriterHarness service, string person)
    {
        var outcome = await service.RecordAsync(Engagement(person, email: $"{person}@example.com", type: "demo_requested", occurredAt: _clock.Now));
        outcome.Lead!.Lead.Stage.ShouldBe(Stage.MarketingQualified);
    }

    private Task UntilRaisedAsync(string type, long count) =>
        _database.UntilAsync("select count(*) = $2 from mt_events where type = $1", type, count);
}
