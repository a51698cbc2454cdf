using System.Net.Http.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Scoring.Activation;
using LeadScoring.IntegrationTests.Leads;
using LeadScoring.IntegrationTests.Setup;
using Marten;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace LeadScoring.IntegrationTests.Scoring.Activation;

/// <summary>Releases that several instances work on, stopped where it hurts: each gives what it may, and every lead goes once.</summary>
public sealed class ReleasesAtOnceTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private const string TakersWait = "lock table mt_doc_held_release in exclusive mode";
    private const string WritersWait = "lock table mt_streams in share mode";

    [Fact]
    public async Task Of_many_runners_of_two_instances_none_gives_a_lead_too_many()
    {
        await using var tenant = await ChangingTenant.StartAsync(database, heldBack: true);
        var version = await HoldingAsync(tenant, leads: 12);
        await using var other = await SecondAsync(tenant.Clock);
        var release = await PutAsync(tenant, new("slice", "mia", Count: 7), version);

        Task[] running;
        await using (var holder = await HoldAsync(TakersWait))
        {
            running = [.. Enumerable.Range(0, 8).Select(i => ReleasesOf(i % 2 == 0 ? tenant.App : other).RunAsync(release, timeMax: null, default))];
            await database.UntilWaitingForLockAsync(holder, waiters: 8);
        }

        await Task.WhenAll(running);
        (await tenant.CountAsync("marketing_qualified")).ShouldBe(7);
        await tenant.ShouldHaveSentEachOnceAsync();
        var ended = await StoredAsync(tenant, release);
        (ended.Released, ended.EndedAt is null, ended.IsCancelled).ShouldBe((7, false, false));
        (await tenant.DifferencesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Whoever_has_nothing_left_to_take_does_not_end_what_another_is_handing_off()
    {
        await using var tenant = await ChangingTenant.StartAsync(database, heldBack: true);
        var version = await HoldingAsync(tenant, leads: 4);
        await using var other = await SecondAsync(tenant.Clock);
        var release = await PutAsync(tenant, new("slice", "mia", Count: 3), version);

        Task<bool>[] running;
        await using (var writers = await HoldAsync(WritersWait))
        {
            await using (var takers = await HoldAsync(TakersWait))
            {
                running = [ReleasesOf(tenant.App).RunAsync(release, timeMax: null, default), ReleasesOf(other).RunAsync(release, timeMax: null, default)];
                await database.UntilWaitingForLockAsync(takers, waiters: 2);
            }

            // One has taken all three and waits for the writer, the other has found none.
            await await Task.WhenAny(running);
            var meanwhile = await StoredAsync(tenant, release);
            (meanwhile.EndedAt, meanwhile.Released).ShouldBe((null, 0));
            (await OpenAsync(tenant)).ShouldBe(3);
        }

        await Task.WhenAll(running);
        var ended = await StoredAsync(tenant, release);
        (ended.Released, ended.EndedAt is null).ShouldBe((3, false));
        (await tenant.CountAsync("marketing_qualified")).ShouldBe(3);
    }

    [Fact]
    public async Task What_is_being_handed_off_when_its_release_is_cancelled_still_counts()
    {
        await using var tenant = await ChangingTenant.StartAsync(database, heldBack: true);
        var version = await HoldingAsync(tenant, leads: 4);
        await using var other = await SecondAsync(tenant.Clock);
        var release = await PutAsync(tenant, new("slice", "mia", Count: 3), version);

        Task running;
        await using (var writers = await HoldAsync(WritersWait))
        {
            running = ReleasesOf(tenant.App).RunAsync(release, timeMax: null, default);
            await database.UntilWaitingForLockAsync(writers);
            await ReleasesOf(other).CancelAsync(release, default);
            (await StoredAsync(tenant, release)).IsCancelled.ShouldBeTrue();
        }

        await running;
        (await tenant.CountAsync("marketing_qualified")).ShouldBe(3, "they were on their way");
        var cancelled = await StoredAsync(tenant, release);
        (cancelled.Released, cancelled.IsCancelled).ShouldBe((3, true));
        (await tenant.ReleaseAsync(version, new("rest", "mia", Count: 10))).Released.ShouldBe(1);
        await tenant.ShouldHaveSentEachOnceAsync();
    }

    [Fact]
    public async Task What_a_cancelled_release_had_taken_and_never_handed_off_another_gives()
    {
        await using var tenant = await ChangingTenant.StartAsync(database, heldBack: true);
        var version = await HoldingAsync(tenant, leads: 3);
        var release = await PutAsync(tenant, new("slice", "mia", PerDay: 2), version);
        await TakeAsync(tenant, release, 2);

        await tenant.PostAsync<ReleaseView>($"/v1/scoring-models/{version}/newly-qualified/releases/slice/cancel", new CancelReleaseRequest("mia"));
        var rest = await tenant.ReleaseAsync(version, new("rest", "mia", Count: 10));

        (rest.State, rest.Released).ShouldBe((ReleaseState.Ended, 3));
        (await StoredAsync(tenant, release)).Released.ShouldBe(0);
        (await tenant.CountAsync("marketing_qualified")).ShouldBe(3);
    }

    [Fact]
    public async Task Of_two_releases_at_once_each_gives_its_own()
    {
        await using var tenant = await ChangingTenant.StartAsync(database, heldBack: true);
        var version = await HoldingAsync(tenant, leads: 7);
        await using var other = await SecondAsync(tenant.Clock);
        var (first, second) = (await PutAsync(tenant, new("a", "mia", Count: 3), version), await PutAsync(tenant, new("b", "mia", Count: 3), version));

        Task[] running;
        await using (var holder = await HoldAsync(TakersWait))
        {
            running = [ReleasesOf(tenant.App).RunAsync(first, timeMax: null, default), ReleasesOf(other).RunAsync(second, timeMax: null, default)];
            await database.UntilWaitingForLockAsync(holder, waiters: 2);
        }

        await Task.WhenAll(running);
        (await StoredAsync(tenant, first)).Released.ShouldBe(3);
        (await StoredAsync(tenant, second)).Released.ShouldBe(3);
        (await tenant.CountAsync("marketing_qualified")).ShouldBe(6);
        await tenant.ShouldHaveSentEachOnceAsync();
    }

    [Fact]
    public async Task A_day_gives_its_number_though_one_instance_took_for_the_day_before()
    {
        await using var tenant = await ChangingTenant.StartAsync(database, heldBack: true);
        var version = await HoldingAsync(tenant, leads: 6);
        var behind = tenant.Clock;
        behind.Now = new(2026, 3, 5, 23, 59, 59, TimeSpan.Zero);
        await using var other = await SecondAsync(new(behind.Now.AddSeconds(2)));
        var release = await PutAsync(tenant, new("daily", "mia", PerDay: 2), version);

        await ReleasesOf(other).RunAsync(release, timeMax: null, default);
        Task running;
        await using (var holder = await HoldAsync(TakersWait))
        {
            // It is about to take for the 5th, and gets to do so on the 6th.
            running = ReleasesOf(tenant.App).RunAsync(release, timeMax: null, default);
            await database.UntilWaitingForLockAsync(holder);
            behind.Now = behind.Now.AddSeconds(2);
        }

        await running;
        (await tenant.CountAsync("marketing_qualified")).ShouldBe(2);
        (await StoredAsync(tenant, release)).ReleasedToday.ShouldBe(2);
    }

    [Fact]
    public async Task What_was_taken_before_midnight_and_handed_off_after_it_counts_for_the_day_it_went()
    {
        await using var tenant = await ChangingTenant.StartAsync(database, heldBack: true);
        var version = await HoldingAsync(tenant, leads: 6);
        tenant.Clock.Now = new(2026, 3, 5, 23, 59, 59, TimeSpan.Zero);
        var release = await PutAsync(tenant, new("daily", "mia", PerDay: 2), version);
        await TakeAsync(tenant, release, 2);

        tenant.Clock.Now = tenant.Clock.Now.AddSeconds(2);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ReleasesOf(tenant.App).RunAsync(release, timeMax: null, default)));

        (await tenant.CountAsync("marketing_qualified")).ShouldBe(2);
        (await StoredAsync(tenant, release)).ReleasedToday.ShouldBe(2);
    }

    [Fact]
    public async Task What_an_instance_hands_off_counts_though_its_clock_is_behind_the_one_that_made_the_release()
    {
        await using var tenant = await ChangingTenant.StartAsync(database, heldBack: true);
        var version = await HoldingAsync(tenant, leads: 4);
        await using var behind = await SecondAsync(new(tenant.Clock.Now));
        tenant.Clock.Now = tenant.Clock.Now.AddSeconds(3);
        var release = await PutAsync(tenant, new("slice", "mia", Count: 2), version);

        await ReleasesOf(behind).RunAsync(release, timeMax: null, default);

        (await tenant.CountAsync("marketing_qualified")).ShouldBe(2);
        (await StoredAsync(tenant, release)).Released.ShouldBe(2);
    }

    [Fact]
    public async Task A_lead_that_changed_after_it_was_taken_stays_and_the_next_best_goes_in_its_place()
    {
        await using var tenant = await ChangingTenant.StartAsync(database, heldBack: true);
        var version = await HoldingAsync(tenant, leads: 7);
        var release = await PutAsync(tenant, new("slice", "mia", Count: 4), version);
        await TakeAsync(tenant, release, 3);
        var taken = await TakenAsync(tenant);

        (await tenant.DropAsync(version, new("mia", LeadIds: [taken[0]]))).Dropped.ShouldBe(1);
        await tenant.PostAsync<CommandReceipt>($"/v1/leads/{taken[1]}/disqualify", new DisqualifyRequest("mia", DisqualificationReason.NoNeed));
        await FallBelowAsync(tenant, taken[2]);
        (await tenant.ReleaseAsync(version, new("slice", "mia", Count: 4))).ShouldSatisfyAllConditions(
            r => r.State.ShouldBe(ReleaseState.Ended), r => r.Released.ShouldBe(4));

        (await tenant.CountAsync("marketing_qualified")).ShouldBe(4);
        (await tenant.LeadAsync(taken[0])).ShouldSatisfyAllConditions(l => l.Stage.ShouldBe(Stage.Inquiry), l => l.Held!.Dropped.ShouldBeTrue());
        (await tenant.LeadAsync(taken[1])).Stage.ShouldBe(Stage.Disqualified);
        (await tenant.LeadAsync(taken[2])).ShouldSatisfyAllConditions(l => l.Stage.ShouldBe(Stage.Inquiry), l => l.Score.ShouldBe(0));
        (await tenant.DifferencesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_release_of_some_a_day_ends_though_one_that_fell_below_the_model_is_still_held()
    {
        await using var tenant = await ChangingTenant.StartAsync(database);
        var version = await HoldingAsync(tenant, leads: 2);
        await tenant.FinishedAsync(version);
        await FallBelowAsync(tenant, (await tenant.HeldAsync(version)).Leads[0].LeadId);

        var release = await tenant.ReleaseAsync(version, new("daily", "mia", PerDay: 5));

        (release.State, release.Released).ShouldBe((ReleaseState.Ended, 1));
        (await tenant.HeldAsync(version)).Leads.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Ten_releases_of_a_version_may_be_open_and_the_eleventh_is_refused_also_when_all_come_at_once()
    {
        await using var tenant = await ChangingTenant.StartAsync(database, heldBack: true);
        var version = await HoldingAsync(tenant, leads: 30);
        await using var other = await SecondAsync(tenant.Clock);
        using var elsewhere = other.Client();
        elsewhere.DefaultRequestHeaders.Authorization = tenant.Http.DefaultRequestHeaders.Authorization;
        var path = $"/v1/scoring-models/{version}/newly-qualified/release";

        Task<HttpResponseMessage>[] posting;
        await using (var holder = await HoldAsync("lock table mt_doc_held_release in share row exclusive mode"))
        {
            posting = [.. Enumerable.Range(0, 11).Select(i => (i % 2 == 0 ? tenant.Http : elsewhere).PostAsJsonAsync(path, new ReleaseRequest($"r{i}", "mia", PerDay: 1)))];
            await database.UntilWaitingForLockAsync(holder, waiters: 1);
            await database.UntilAsync("select count(*) >= $1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()", 11);
        }

        var answers = await Task.WhenAll(posting);
        foreach (var refused in answers.Where(a => !a.IsSuccessStatusCode)) await refused.ShouldBeProblemAsync(409, "too_many_releases");
        answers.Count(a => a.IsSuccessStatusCode).ShouldBe(HeldReleases.OpenMax);
        (await tenant.CountAsync("marketing_qualified")).ShouldBe(10);

        var accepted = Enumerable.Range(0, 11).First(i => answers[i].IsSuccessStatusCode);
        (await tenant.ReleaseAsync(version, new($"r{accepted}", "mia", PerDay: 1))).Released.ShouldBe(1, "a repeat asks for no other");
        await tenant.PostAsync<ReleaseView>($"/v1/scoring-models/{version}/newly-qualified/releases/r{accepted}/cancel", new CancelReleaseRequest("mia"));
        (await tenant.ReleaseAsync(version, new("another", "mia", PerDay: 1))).State.ShouldBe(ReleaseState.Open);
    }

    /// <summary>The tenant's leads are held for a version, all with another score: something happens to each as soon as it holds.</summary>
    private static async Task<int> HoldingAsync(ChangingTenant tenant, int leads)
    {
        for (var i = 0; i < leads; i++)
        {
            await tenant.EngageAsync($"p{i}", "contact_form_submitted", agoDays: i * 0.01);
            await tenant.EngageAsync($"p{i}", "page_viewed", agoDays: i);
        }

        var version = await tenant.ActivateAsync(ModelDrafts.WithThreshold(40));
        for (var i = 0; i < leads; i++) await tenant.EngageAsync($"p{i}", "page_viewed");
        (await tenant.HeldAsync(version)).Leads.Count.ShouldBe(leads);
        return version;
    }

    private async Task<NpgsqlConnection> HoldAsync(string locks)
    {
        var holder = new NpgsqlConnection(database.ConnectionString + ";Pooling=false");
        await holder.OpenAsync();
        await holder.BeginTransactionAsync();
        await using var command = new NpgsqlCommand(locks, holder);
        await command.ExecuteNonQueryAsync();
        return holder;
    }

    /// <summary>Another instance on the same tables.</summary>
    private Task<RunningApp> SecondAsync(SetClock clock) => RunningApp.StartAsync(
        database.ConnectionString, services => ChangingTenant.HoldBack(services).AddSingleton<TimeProvider>(clock), ("Models:NoticeMs", "0"));

    private static HeldReleases ReleasesOf(RunningApp app) => app.Services.GetRequiredService<HeldReleases>();

    /// <summary>Stored, and not begun by who stored it.</summary>
    private static async Task<HeldRelease> PutAsync(ChangingTenant tenant, ReleaseRequest request, int version) =>
        (await ReleasesOf(tenant.App).PutAsync(HeldRelease.Of(tenant.TenantId, version, request, tenant.Clock.Now), default)).ShouldNotBeNull();

    private static async Task<HeldRelease> StoredAsync(ChangingTenant tenant, HeldRelease release) =>
        (await ReleasesOf(tenant.App).FindAsync(tenant.TenantId, release.ModelVersion, release.Id, default)).ShouldNotBeNull();

    /// <summary>The best leads taken, as a crash before they are handed off leaves them.</summary>
    private async Task TakeAsync(ChangingTenant tenant, HeldRelease release, int leads)
    {
        var best = (await tenant.HeldAsync(release.ModelVersion)).Leads.Take(leads);
        await using var session = database.Documents.LightweightSession(tenant.TenantId);
        session.Store(best.Select(l => new TakenLead(
            release.Key, release.ModelVersion, l.LeadId, DateOnly.FromDateTime(tenant.Clock.Now.UtcDateTime), Outcome: null)).ToArray());
        await session.SaveChangesAsync();
    }

    private async Task<int> OpenAsync(ChangingTenant tenant) => (await TakenAsync(tenant)).Count;

    private async Task<IReadOnlyList<Guid>> TakenAsync(ChangingTenant tenant)
    {
        await using var session = database.Documents.QuerySession(tenant.TenantId);
        return await session.Query<TakenLead>().Where(t => t.Outcome == null).Select(t => t.LeadId).ToListAsync();
    }

    /// <summary>All it did is retracted.</summary>
    private async Task FallBelowAsync(ChangingTenant tenant, Guid lead)
    {
        var ids = await database.ScalarAsync<string[]>("select array_agg(data ->> 'Id') from mt_events where stream_id = $1 and type = 'engagement_recorded'", lead);
        await tenant.PostAsync<RetractionView>(
            "/v1/engagements/retractions", new RetractionRequest(Guid.NewGuid(), "mia", "a bot", [.. ids.Select(id => new EngagementKey("web", id))]));
        (await tenant.LeadAsync(lead)).Score.ShouldBe(0);
    }
}
