using System.Net;
using System.Net.Http.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Scoring.Shadow;
using LeadScoring.Host.Storage;
using LeadScoring.IntegrationTests.Scoring.Activation;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Scoring;

/// <summary>Whoever is asked, and however many at once: one catalogue, as if they had been asked one after the other.</summary>
public sealed class ModelsOfTwoInstancesTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private static readonly (string, string) AtOnce = ("Models:NoticeMs", "0");

    [Fact]
    public async Task Of_many_who_sign_and_activate_at_once_each_team_signs_once_and_the_version_begins_once()
    {
        await using var one = await RunningApp.StartAsync(database.ConnectionString);
        await using var two = await RunningApp.StartAsync(database.ConnectionString);
        var key = (await one.MakeKeyAsync()).Key;
        var clients = new[] { one.Client(key), two.Client(key) };
        var version = (await clients[0].DraftAsync(ModelDrafts.WithThreshold(110))).Model.Version;
        await clients[1].DoAsync(version, "propose", new ProposeScoringModelRequest("mia"));

        var signers = Enumerable.Range(0, 8).Select(i => Task.Run(() => clients[i % 2].PostAsJsonAsync(
            $"/v1/scoring-models/{version}/sign-offs",
            new SignOffRequest(i % 4 < 2 ? SigningTeam.Marketing : SigningTeam.Sales, i < 4 ? "pat" : $"person-{i}"))));
        var signed = await Task.WhenAll(signers);

        signed.Select(a => a.StatusCode).ShouldAllBe(s => s == HttpStatusCode.OK || s == HttpStatusCode.Conflict);
        var signatures = (await clients[0].ModelAsync(version)).Model.SignOffs;
        signatures.Select(s => s.Team).Order().ShouldBe([SigningTeam.Marketing, SigningTeam.Sales]);
        signatures.Select(s => s.Actor).Distinct().Count().ShouldBe(2);

        var activated = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => clients[i % 2].ActivateAsync(version))));

        activated.Count(r => r.Changed).ShouldBe(1);
        foreach (var client in clients) (await client.ModelAsync(version)).Activations.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Of_many_who_draft_at_once_each_gets_a_number_of_its_own()
    {
        await using var one = await RunningApp.StartAsync(database.ConnectionString);
        await using var two = await RunningApp.StartAsync(database.ConnectionString);
        var key = (await one.MakeKeyAsync("drafters")).Key;
        var clients = new[] { one.Client(key), two.Client(key) };

        var drafted = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(i => Task.Run(() => clients[i % 2].DraftAsync(ModelDrafts.WithThreshold(100 + i + 1)))));

        drafted.Select(d => d.Model.Version).Order().ShouldBe(Enumerable.Range(2, 8));
    }

    [Fact]
    public async Task What_one_instance_has_stored_the_other_knows_when_it_is_asked()
    {
        await using var one = await RunningApp.StartAsync(database.ConnectionString, AtOnce);
        await using var two = await RunningApp.StartAsync(database.ConnectionString, AtOnce);
        var key = (await one.MakeKeyAsync("asking")).Key;
        using var writer = one.Client(key);
        using var reader = two.Client(key);
        await EngageAsync(writer, "ann");
        using var leads = await reader.GetAsync("/v1/leads");
        var lead = (await leads.ReadAsync<LeadPage>()).Leads.Single().LeadId;

        foreach (var path in new[] { "/v1/scoring-models/{0}/newly-qualified", "/v1/leads/{1}/score?model={0}", "/v1/leads/{1}/score-history?model={0}" })
        {
            var version = (await writer.DraftAsync(ModelDrafts.WithThreshold(110 + path.Length))).Model.Version;
            using var answer = await reader.GetAsync(string.Format(path, version, lead));
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, path);
        }

        var signed = await writer.SignedAsync(ModelDrafts.WithThreshold(120));
        await writer.ActivateAsync(signed);
        using var activation = await reader.GetAsync($"/v1/scoring-models/{signed}/activation");
        (await activation.ReadAsync<ActivationView>()).Version.ShouldBe(signed);
    }

    [Fact]
    public async Task What_was_decided_outlives_the_instance()
    {
        string key;
        int version;
        await using (var app = await RunningApp.StartAsync(database.ConnectionString, AtOnce))
        {
            key = (await app.MakeKeyAsync("lasting")).Key;
            using var client = app.Client(key);
            version = await client.SignedAsync(ModelDrafts.WithThreshold(110));
            await client.ActivateAsync(version);
        }

        await using var restarted = await RunningApp.StartAsync(database.ConnectionString);
        using var later = restarted.Client(key);
        using var active = await later.GetAsync("/v1/scoring-model");
        (await active.ReadAsync<ScoringModelView>()).Version.ShouldBe(version);
        (await later.ModelAsync(version)).Model.Status.ShouldBe(ModelStatus.Active);
    }

    [Fact]
    public async Task A_version_in_shadow_goes_on_where_the_instance_that_followed_it_ended()
    {
        string key;
        await using (var first = await RunningApp.StartAsync(database.ConnectionString))
        {
            key = (await first.MakeKeyAsync("shadowed")).Key;
            using var client = first.Client(key);
            var version = (await client.DraftAsync(ModelDrafts.WithThreshold(40))).Model.Version;
            await client.DoAsync(version, "propose", new ProposeScoringModelRequest("mia"));
            using var on = await client.PutAsJsonAsync($"/v1/scoring-models/{version}/shadow", new SwitchShadowRequest(On: true, "mia"));
            await on.ReadAsync<ScoringModelReceipt>();
            await EngageAsync(client, "ann");
            await UntilAsync<ShadowCycleDocument>("shadowed", c => c.WouldQualifyAt != null, 1);
        }

        await using var one = await RunningApp.StartAsync(database.ConnectionString);
        await using var two = await RunningApp.StartAsync(database.ConnectionString);
        foreach (var (app, person) in new[] { (one, "bob"), (two, "cid"), (one, "ann"), (two, "dan") })
        {
            using var client = app.Client(key);
            await EngageAsync(client, person);
        }

        await UntilAsync<ShadowCycleDocument>("shadowed", c => c.WouldQualifyAt != null, 4);
        using var reader = two.Client(key);
        using var report = await reader.GetAsync("/v1/scoring-models/2/shadow");
        (await report.ReadAsync<ModelShadowReport>()).Totals.ShouldBe(new(Leads: 4, WouldQualify: 4, Qualified: 0, Both: 0, OnlyActive: 0));
    }

    [Fact]
    public async Task What_was_still_to_be_read_for_one_version_in_shadow_is_not_of_another_that_was_switched_on_later()
    {
        string key;
        await using (var first = await RunningApp.StartAsync(database.ConnectionString))
        {
            key = (await first.MakeKeyAsync("later")).Key;
            using var client = first.Client(key);
            await SwitchOnAsync(client, threshold: 40);
            await EngageAsync(client, "ann");
            await UntilAsync<ShadowLeadDocument>("later", l => l.ModelVersion == 2, 1);
        }

        await using (var idle = await RunningApp.StartAsync(database.ConnectionString, ("Subscriptions:Run", "Disabled")))
        {
            using var leads = idle.Client(key);
            await EngageAsync(leads, "ann");
            await SwitchOnAsync(leads, threshold: 30);
            await EngageAsync(leads, "bob");
        }

        await using var second = await RunningApp.StartAsync(database.ConnectionString);

        await UntilAsync<ShadowLeadDocument>("later", l => l.ModelVersion == 2, 2);
        await UntilAsync<ShadowLeadDocument>("later", l => l.ModelVersion == 3, 1); // Nothing has happened to ann since.
    }

    [Fact]
    public async Task A_version_in_shadow_that_is_off_for_a_moment_misses_nothing_of_what_happens_after_it_is_on_again()
    {
        await using var one = await RunningApp.StartAsync(database.ConnectionString);
        var key = (await one.MakeKeyAsync("moment")).Key;
        using var follower = one.Client(key);
        await SwitchOnAsync(follower, threshold: 40);
        await EngageAsync(follower, "ann");
        await UntilAsync<ShadowLeadDocument>("moment", l => l.ModelVersion == 2, 1);

        await using var two = await RunningApp.StartAsync(database.ConnectionString);
        using var other = two.Client(key);
        var switched = await database.ScalarAsync<long>("select max(seq_id) from mt_events");
        await SwitchAsync(other, 2, on: false);
        await SwitchAsync(other, 2, on: true);
        await EngageAsync(other, "bob");

        await MigratedDatabase.UntilAsync(async () => await database.CountAsync<ShadowRun>("moment", r => r.SwitchedOnAt > switched) == 1, "it is on anew");
        await UntilAsync<ShadowLeadDocument>("moment", l => l.ModelVersion == 2, 1);
    }

    private Task UntilAsync<T>(string tenant, System.Linq.Expressions.Expression<Func<T, bool>> which, int count)
        where T : notnull => MigratedDatabase.UntilAsync(async () => await database.CountAsync(tenant, which) == count, $"{count} {typeof(T).Name}s");

    private static async Task SwitchOnAsync(HttpClient client, double threshold)
    {
        var version = (await client.DraftAsync(ModelDrafts.WithThreshold(threshold))).Model.Version;
        await client.DoAsync(version, "propose", new ProposeScoringModelRequest("mia"));
        await SwitchAsync(client, version, on: true);
    }

    private static async Task SwitchAsync(HttpClient client, int version, bool on)
    {
        using var answer = await client.PutAsJsonAsync($"/v1/scoring-models/{version}/shadow", new SwitchShadowRequest(on, "mia"));
        await answer.ReadAsync<ScoringModelReceipt>();
    }

    private static async Task EngageAsync(HttpClient client, string person)
    {
        var engagement = new Engagement(
            Guid.NewGuid().ToString(), "web", "contact_form_submitted", DateTimeOffset.UtcNow, new LeadReference(Email: $"{person}@example.com"));
        using var posted = await client.PostAsJsonAsync("/v1/engagements", engagement);
        posted.StatusCode.ShouldBe(HttpStatusCode.Created);
    }
}
