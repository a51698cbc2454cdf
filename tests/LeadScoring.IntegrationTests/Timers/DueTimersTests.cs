using LeadScoring.Host.Scoring.Models;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Leads.Rebuilding;
using LeadScoring.Host.Timers;
using LeadScoring.IntegrationTests.Leads;
using LeadScoring.IntegrationTests.Setup;
using LeadScoring.IntegrationTests.Writing;
using static LeadScoring.IntegrationTests.Writing.WriterHarness;

namespace LeadScoring.IntegrationTests.Timers;

/// <summary>What leads wait for is raised once, by whichever instance, and only while they wait.</summary>
public sealed class DueTimersTests : IAsyncLifetime
{
    private readonly MigratedDatabase _database = new();

    /// <summary>To the microsecond, as the database keeps it.</summary>
    private readonly SetClock _clock = new(new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero));

    public Task InitializeAsync() => _database.InitializeAsync();

    public Task DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Two_instances_and_a_restart_raise_each_reminder_once()
    {
        Guid[] leads;
        await using (var first = await StartAsync())
        {
            leads = await HandOffAsync(first, 600);
            _clock.Now = _clock.Now.AddHours(18);
            await using var second = await StartAsync();
            await Task.WhenAll(RunAsync(first), RunAsync(second), RunAsync(first), RunAsync(second));
            (await CountAsync("acceptance_due_soon")).ShouldBe(600);
        }

        await using var restarted = await StartAsync();
        await using var other = await StartAsync();
        _clock.Now = _clock.Now.AddHours(6);
        await Task.WhenAll(RunAsync(restarted), RunAsync(other));

        (await CountAsync("acceptance_due_soon")).ShouldBe(600);
        (await CountAsync("acceptance_overdue")).ShouldBe(600);
        (await _database.ScalarAsync<long>("select count(distinct stream_id) from mt_events where type = 'acceptance_overdue'")).ShouldBe(leads.Length);
        (await _database.ScalarAsync<long>("select count(*) from mt_doc_lead where timer_due_at is not null")).ShouldBe(0);
        await ShouldVerifyAsync(restarted);
    }

    [Fact]
    public async Task What_was_answered_is_not_raised()
    {
        await using var service = await StartAsync();
        var leads = await HandOffAsync(service, 3);
        await service.SubmitAsync(leads[0], new AcceptLead("ann"));
        await service.SubmitAsync(leads[1], new RejectLead("ann", RejectionReason.WrongPersona));
        _clock.Now = _clock.Now.AddHours(30);

        (await service.Timers().RunPageAsync(default)).ShouldBe((1, true));

        (await CountAsync("acceptance_overdue")).ShouldBe(1);
        (await CountAsync("acceptance_due_soon")).ShouldBe(0);
        (await service.StoryAsync(leads[2])).Events[^1].Fact.ShouldBeOfType<AcceptanceOverdue>();
    }

    [Fact]
    public async Task An_answer_and_a_reminder_at_the_same_moment_leave_a_stream_that_makes_sense()
    {
        await using var service = await StartAsync();
        await using var other = await StartAsync();
        var leads = await HandOffAsync(service, 100);
        _clock.Now = _clock.Now.AddHours(24);

        await Task.WhenAll(
            RunAsync(other),
            Task.WhenAll(leads.Select(lead => service.SubmitAsync(lead, new AcceptLead("ann")))));

        foreach (var lead in leads)
        {
            var facts = (await service.StoryAsync(lead)).Events.Select(e => e.Fact!.GetType().Name).Skip(4);
            string.Join(' ', facts).ShouldBeOneOf("SalesAccepted", "AcceptanceOverdue SalesAccepted");
        }

        await ShouldVerifyAsync(service);
    }

    [Fact]
    public async Task A_clock_that_is_put_back_raises_nothing_again_and_one_put_forward_nothing_twice()
    {
        await using var service = await StartAsync();
        await HandOffAsync(service, 1);
        var start = _clock.Now;
        _clock.Now = start.AddHours(18);
        await RunAsync(service);

        _clock.Now = start.AddHours(1);
        (await service.Timers().RunPageAsync(default)).ShouldBe((0, true));
        _clock.Now = start.AddYears(1);
        await RunAsync(service);
        _clock.Now = start.AddHours(24);
        await RunAsync(service);

        (await CountAsync("acceptance_due_soon")).ShouldBe(1);
        (await CountAsync("acceptance_overdue")).ShouldBe(1);
    }

    [Fact]
    public async Task A_lead_that_cannot_be_decided_waits_and_does_not_hold_up_the_others()
    {
        await using var service = await StartAsync();
        var leads = await HandOffAsync(service, 3);
        await _database.ExecuteAsync("update mt_events set data = '{\"At\": 5}' where stream_id = $1 and type = 'engagement_recorded'", leads[0]);
        await _database.ExecuteAsync("update mt_doc_lead set data = '{}' where id = $1", leads[0]);
        await _database.ExecuteAsync("update mt_streams set is_archived = true where id = $1", leads[1]);
        _clock.Now = _clock.Now.AddHours(24);

        (await service.Timers().RunPageAsync(default)).ShouldBe((3, true));

        (await service.Timers().RunPageAsync(default)).ShouldBe((0, true));
        (await CountAsync("acceptance_overdue")).ShouldBe(1);
        (await _database.ScalarAsync<long>("select count(*) from mt_doc_lead where timer_due_at = $1", (_clock.Now + DueTimers.UndecidablePause).UtcDateTime)).ShouldBe(1);
        (await _database.ScalarAsync<long>("select count(*) from mt_doc_lead where id = $1 and timer_due_at is null", leads[1])).ShouldBe(1, "an archived lead waits for nothing");
    }

    [Fact]
    public async Task A_row_that_says_another_time_than_its_lead_is_put_right()
    {
        await using var service = await StartAsync();
        var leads = await HandOffAsync(service, 2);
        await service.SubmitAsync(leads[1], new AcceptLead("ann"));
        await _database.ExecuteAsync("update mt_doc_lead set timer_due_at = updated_at");

        (await service.Timers().RunPageAsync(default)).ShouldBe((2, true));

        (await service.Timers().RunPageAsync(default)).ShouldBe((0, true));
        await ShouldVerifyAsync(service);
    }

    [Fact]
    public async Task A_row_that_is_behind_its_stream_is_looked_at_once()
    {
        await using var service = await StartAsync();
        var lead = (await HandOffAsync(service, 1))[0];
        await service.SubmitAsync(lead, new AcceptLead("ann"));
        await _database.ExecuteAsync("update mt_doc_lead set mt_version = mt_version - 1, timer_due_at = updated_at");

        (await service.Timers().RunPageAsync(default)).ShouldBe((1, true));

        (await service.Timers().RunPageAsync(default)).ShouldBe((0, true));
    }

    [Fact]
    public async Task Rows_made_anew_from_the_log_wait_for_the_same()
    {
        await using var service = await StartAsync();
        var leads = await HandOffAsync(service, 5);
        await service.SubmitAsync(leads[0], new AcceptLead("ann"));
        _clock.Now = _clock.Now.AddHours(18);
        await RunAsync(service);
        await _database.ExecuteAsync("update mt_doc_lead set timer_due_at = null");

        await new Rebuild(service.DataSource, service.Streams, TenantModels.Only(ScoringModelDocument.Default), _clock).RunAsync(LeadScope.All, new(), default);

        (await _database.ScalarAsync<long>("select count(*) from mt_doc_lead where timer_due_at = $1", _clock.Now.AddHours(6).UtcDateTime)).ShouldBe(4);
        await ShouldVerifyAsync(service);
        _clock.Now = _clock.Now.AddHours(6);
        await RunAsync(service);
        (await CountAsync("acceptance_overdue")).ShouldBe(4);
    }

    private Task<WriterHarness> StartAsync() => WriterHarness.StartAsync(_database, clock: _clock);

    private async Task<Guid[]> HandOffAsync(WriterHarness service, int count)
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, count).Select(i => service.RecordAsync(
            Engagement($"demo-{i}", email: $"p{i}@example.com", type: "demo_requested", occurredAt: _clock.Now))));
        outcomes.ShouldAllBe(o => o.Lead!.Lead.Stage == Stage.MarketingQualified);
        return [.. outcomes.Select(o => o.Lead!.Lead.Id)];
    }

    private static async Task RunAsync(WriterHarness service)
    {
        var timers = service.Timers();
        while ((await timers.RunPageAsync(default)).Leads > 0)
        {
        }
    }

    private Task<long> CountAsync(string type) => _database.ScalarAsync<long>("select count(*) from mt_events where type = $1", type);

    private static async Task ShouldVerifyAsync(WriterHarness service)
    {
        var verify = new Verify(service.DataSource, service.Streams, TenantModels.Only(ScoringModelDocument.Default));
        (await verify.RunAsync(LeadScope.All, new(), default)).Shown.ShouldBeEmpty();
    }
}
