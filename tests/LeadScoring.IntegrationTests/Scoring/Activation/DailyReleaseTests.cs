using LeadScoring.Contracts;
using LeadScoring.Host.Scoring.Activation;
using LeadScoring.IntegrationTests.Setup;
using Marten;
using Microsoft.Extensions.DependencyInjection;

namespace LeadScoring.IntegrationTests.Scoring.Activation;

/// <summary>So many a day and never more, whoever runs it how often.</summary>
public sealed class DailyReleaseTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    [Fact]
    public async Task Each_day_gives_its_number_and_no_more_until_none_is_left()
    {
        await using var service = await ChangingTenant.StartAsync(database);
        for (var i = 0; i < 5; i++) await service.EngageAsync($"p{i}", "contact_form_submitted");
        var version = await service.ActivateAsync(ModelDrafts.WithThreshold(40));
        await service.FinishedAsync(version);

        var first = await service.ReleaseAsync(version, new("daily", "mia", PerDay: 2));
        await RunManyAsync(service, version);
        (await service.CountAsync("marketing_qualified")).ShouldBe(2);
        first.ShouldSatisfyAllConditions(r => r.State.ShouldBe(ReleaseState.Open), r => r.ReleasedToday.ShouldBe(2));

        service.Clock.Now = service.Clock.Now.AddDays(1);
        await RunManyAsync(service, version);
        (await service.CountAsync("marketing_qualified")).ShouldBe(4);

        service.Clock.Now = service.Clock.Now.AddDays(1);
        await RunManyAsync(service, version);
        (await service.CountAsync("marketing_qualified")).ShouldBe(5);
        var last = (await service.GetAsync<ReleaseList>($"/v1/scoring-models/{version}/newly-qualified/releases")).Releases.Single();
        (last.State, last.Released, last.ReleasedToday).ShouldBe((ReleaseState.Ended, 5, 1));
        (await service.DifferencesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_taken_before_a_crash_is_handed_off_and_counts()
    {
        await using var service = await ChangingTenant.StartAsync(database);
        for (var i = 0; i < 4; i++) await service.EngageAsync($"p{i}", "contact_form_submitted");
        var version = await service.ActivateAsync(ModelDrafts.WithThreshold(40));
        await service.FinishedAsync(version);
        await service.ReleaseAsync(version, new("daily", "mia", PerDay: 2));

        // As a crash after the commits of the handoffs, before their word is kept, leaves it.
        await ChangeTakenAsync(service, t => t with { Outcome = null });
        await RunManyAsync(service, version);

        (await service.CountAsync("marketing_qualified")).ShouldBe(2);
        (await service.GetAsync<ReleaseList>($"/v1/scoring-models/{version}/newly-qualified/releases")).Releases.Single().Released.ShouldBe(2);
    }

    [Fact]
    public async Task What_was_taken_before_a_crash_and_handed_off_by_others_since_does_not_count()
    {
        await using var service = await ChangingTenant.StartAsync(database);
        var lead = await service.EngageAsync("p0", "contact_form_submitted");
        await service.EngageAsync("p1", "contact_form_submitted");
        var version = await service.ActivateAsync(ModelDrafts.WithThreshold(40));
        await service.FinishedAsync(version);
        await service.PostAsync<CommandReceipt>($"/v1/leads/{lead}/qualify", new QualifyRequest("mia"));
        service.Clock.Now = service.Clock.Now.AddSeconds(1);
        var release = await service.ReleaseAsync(version, new("daily", "mia", PerDay: 2));
        release.Released.ShouldBe(1);

        // As a crash leaves it that came after the taking of a lead which marketing qualifies by hand then.
        await using (var session = database.Documents.LightweightSession(service.TenantId))
        {
            var stored = (await session.LoadAsync<HeldRelease>(HeldRelease.KeyOf(version, "daily"))).ShouldNotBeNull();
            session.Store(stored with { CreatedAt = stored.CreatedAt.AddHours(-1), EndedAt = null });
            session.Store(new TakenLead(stored.Key, version, lead, DateOnly.FromDateTime(service.Clock.Now.UtcDateTime), Outcome: null));
            await session.SaveChangesAsync();
        }

        await RunManyAsync(service, version);

        (await service.GetAsync<ReleaseList>($"/v1/scoring-models/{version}/newly-qualified/releases")).Releases.Single().Released.ShouldBe(1);
        (await TakenAsync(service)).Single(t => t.LeadId == lead).Outcome.ShouldBe(TakenOutcome.Gone);
    }

    [Fact]
    public async Task A_cancelled_release_gives_no_more_and_another_may_take_the_rest()
    {
        await using var service = await ChangingTenant.StartAsync(database);
        for (var i = 0; i < 4; i++) await service.EngageAsync($"p{i}", "contact_form_submitted");
        var version = await service.ActivateAsync(ModelDrafts.WithThreshold(40));
        await service.FinishedAsync(version);
        await service.ReleaseAsync(version, new("daily", "mia", PerDay: 1));

        var cancelled = await service.PostAsync<ReleaseView>($"/v1/scoring-models/{version}/newly-qualified/releases/daily/cancel", new CancelReleaseRequest("mia"));
        service.Clock.Now = service.Clock.Now.AddDays(1);
        await RunManyAsync(service, version);

        (cancelled.State, cancelled.Released).ShouldBe((ReleaseState.Cancelled, 1));
        (await service.CountAsync("marketing_qualified")).ShouldBe(1);
        (await service.ReleaseAsync(version, new("rest", "mia", Count: 10))).Released.ShouldBe(3);
    }

    [Fact]
    public async Task A_lead_that_sales_sent_back_rests_until_its_cool_down_ends()
    {
        await using var service = await ChangingTenant.StartAsync(database);
        var lead = await service.EngageAsync("ann", "demo_requested");
        await service.PostAsync<CommandReceipt>($"/v1/leads/{lead}/reject", new RejectRequest("sam", RejectionReason.WrongPersona, CoolDownUntil: service.Clock.Now.AddDays(3)));
        service.Clock.Now = service.Clock.Now.AddHours(1);
        await service.EngageAsync("ann", "contact_form_submitted");
        var version = await service.ActivateAsync(ModelDrafts.WithThreshold(40));
        await service.FinishedAsync(version);
        (await service.HeldAsync(version)).Leads.Single().CoolDownUntil.ShouldNotBeNull();

        var release = await service.ReleaseAsync(version, new("daily", "mia", PerDay: 5));
        (release.State, release.Released, release.Resting).ShouldBe((ReleaseState.Open, 0, 1));
        service.Clock.Now = service.Clock.Now.AddDays(3);
        await RunManyAsync(service, version);

        (await service.LeadAsync(lead)).Stage.ShouldBe(Stage.MarketingQualified);
        (await service.CountAsync("marketing_qualified")).ShouldBe(2);
    }

    [Fact]
    public async Task A_lead_whose_points_decayed_until_its_turn_is_passed_over_and_counted_and_stays_held()
    {
        await using var service = await ChangingTenant.StartAsync(database);
        for (var i = 0; i < 3; i++) await service.EngageAsync($"p{i}", "contact_form_submitted");
        var version = await service.ActivateAsync(ModelDrafts.WithThreshold(45));
        await service.FinishedAsync(version);
        await service.ReleaseAsync(version, new("daily", "mia", PerDay: 1));

        service.Clock.Now = service.Clock.Now.AddDays(20);
        await RunManyAsync(service, version);

        (await service.CountAsync("marketing_qualified")).ShouldBe(1);
        var release = (await service.GetAsync<ReleaseList>($"/v1/scoring-models/{version}/newly-qualified/releases")).Releases.Single();
        (release.State, release.Released, release.FellShort).ShouldBe((ReleaseState.Ended, 1, 2));
        var held = (await service.HeldAsync(version)).Leads;
        held.Count.ShouldBe(2);
        await service.PostAsync<CommandReceipt>($"/v1/leads/{held[0].LeadId}/qualify", new QualifyRequest("mia"));
        (await service.LeadAsync(held[0].LeadId)).Stage.ShouldBe(Stage.MarketingQualified, "one by one marketing may do as it sees fit");
    }

    private async Task<IReadOnlyList<TakenLead>> TakenAsync(ChangingTenant service)
    {
        await using var session = database.Documents.QuerySession(service.TenantId);
        return await session.Query<TakenLead>().ToListAsync();
    }

    private async Task ChangeTakenAsync(ChangingTenant service, Func<TakenLead, TakenLead> change)
    {
        await using var session = database.Documents.LightweightSession(service.TenantId);
        session.Store((await TakenAsync(service)).Select(change).ToArray());
        await session.SaveChangesAsync();
    }

    /// <summary>The service's own loop comes by meanwhile.</summary>
    private static async Task RunManyAsync(ChangingTenant service, int version)
    {
        var releases = service.App.Services.GetRequiredService<HeldReleases>();
        foreach (var release in await releases.ListAsync(service.TenantId, version, default))
        {
            if (release.EndedAt is null) await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => releases.RunAsync(release, timeMax: null, default)));
        }
    }
}
