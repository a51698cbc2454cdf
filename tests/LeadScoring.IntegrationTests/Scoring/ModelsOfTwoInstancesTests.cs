using System.Net;
using System.Net.Http.Json;
using LeadScoring.Contracts;
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
}
