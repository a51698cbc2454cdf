using System.Net.Http.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Scoring.Shadow;
using LeadScoring.IntegrationTests.Leads;
using LeadScoring.IntegrationTests.Setup;
using Marten;

namespace LeadScoring.IntegrationTests.Scoring;

/// <summary>A proposed version runs beside the active one: seen on the lead, counted by week, and no lead is touched.</summary>
public sealed class ShadowTests(LeadApi api) : IClassFixture<LeadApi>
{
    [Fact]
    public async Task A_lead_shows_what_the_version_in_shadow_says_of_it_at_once()
    {
        var tenant = await api.NewTenantAsync();
        var lead = await tenant.EngageAsync("ann", "contact_form_submitted", agoDays: 2);
        (await tenant.LeadAsync(lead)).Shadow.ShouldBeNull();
        await InShadowAsync(tenant, ModelDrafts.WithThreshold(60));

        var before = await tenant.LeadAsync(lead);
        before.Shadow!.ShouldHaveSingleItem().WouldQualifyAt.ShouldBeNull();
        before.Shadow![0].Score.ShouldBe(before.Score);

        await tenant.EngageAsync("ann", "content_downloaded");
        var after = await tenant.LeadAsync(lead);
        after.Stage.ShouldBe(Stage.Inquiry);
        after.Shadow!.ShouldHaveSingleItem().ShouldBe(new(2, after.Score, after.QualifyingScore, after.Grade, api.Now));
        (await tenant.GetAsync<ScoreExplanation>($"/v1/leads/{lead}/score")).Shadow.ShouldBe(after.Shadow);
        (await tenant.GetAsync<ScoreExplanation>($"/v1/leads/{lead}/score?model=2")).Score.ShouldBe(after.Score);
        (await tenant.GetAsync<LeadView>($"/v1/leads/{lead}?at={api.Now:yyyy-MM-dd'T'HH:mm:ss'Z'}")).Shadow.ShouldBeNull();
    }

    [Fact]
    public async Task What_it_would_have_qualified_is_counted_by_week_beside_what_was()
    {
        var tenant = await api.NewTenantAsync();
        await tenant.EngageAsync("early", "demo_requested");
        api.Now += TimeSpan.FromMinutes(1);
        await InShadowAsync(tenant, ModelDrafts.WithThreshold(60));
        var started = api.Now;
        await tenant.EngageAsync("early", "page_viewed");
        await tenant.EngageAsync("both", "demo_requested");
        await tenant.EngageAsync("shadow", "contact_form_submitted");
        await tenant.EngageAsync("shadow", "content_downloaded");
        await tenant.EngageAsync("none", "page_viewed");
        api.Now += TimeSpan.FromDays(7);
        await tenant.EngageAsync("none", "demo_requested");

        await UntilReadAsync();

        var report = await tenant.GetAsync<ModelShadowReport>("/v1/scoring-models/2/shadow");
        (report.On, report.Since).ShouldBe((true, started));
        report.Totals.ShouldBe(new(Leads: 4, WouldQualify: 3, Qualified: 2, Both: 2, OnlyActive: 0));
        var monday = started.Date.AddDays(-(((int)started.DayOfWeek + 6) % 7));
        report.Weeks.ShouldBe([new($"{monday:yyyy-MM-dd}", 2, 1), new($"{monday.AddDays(7):yyyy-MM-dd}", 1, 1)]);
    }

    [Fact]
    public async Task A_version_that_fits_otherwise_shows_another_grade()
    {
        var tenant = await api.NewTenantAsync();
        var lead = await tenant.EngageAsync("ann", "page_viewed");
        await tenant.DoAsync(lead, "attributes", new { actor = "mia", attributes = new { seniority = "director", company_size = 300 } });
        var document = ModelDrafts.Document(d => d["fit"]!["cutOffs"]!["a"] = 500);
        await InShadowAsync(tenant, document);
        await tenant.EngageAsync("ann", "page_viewed");
        await UntilReadAsync();

        var seen = await tenant.LeadAsync(lead);

        seen.Grade.ShouldBe(Grade.A);
        seen.Shadow!.ShouldHaveSingleItem().Grade.ShouldBe(Grade.B);
    }

    [Fact]
    public async Task Switched_off_it_leaves_nothing_behind_and_no_lead_was_touched()
    {
        var tenant = await api.NewTenantAsync();
        var lead = await tenant.EngageAsync("ann", "contact_form_submitted");
        var untouched = (await tenant.LeadAsync(lead)).Version;
        await InShadowAsync(tenant, ModelDrafts.WithThreshold(40));
        await tenant.EngageAsync("ann", "page_viewed");
        await UntilFollowedAsync(tenant);

        await SwitchAsync(tenant, 2, on: false);

        (await tenant.LeadAsync(lead)).Shadow.ShouldBeNull();
        (await tenant.GetAsync<ModelShadowReport>("/v1/scoring-models/2/shadow")).On.ShouldBeFalse();
        await MigratedDatabase.UntilAsync(async () => await api.Database.CountAsync<ShadowRun>(tenant.TenantId, r => r.ModelVersion == 2) == 0, "it is followed no more");
        (await api.Database.CountAsync<ShadowLeadDocument>(tenant.TenantId, l => l.ModelVersion == 2)).ShouldBe(0);
        (await api.Database.CountAsync<ShadowCycleDocument>(tenant.TenantId, c => c.ModelVersion == 2)).ShouldBe(0);
        (await tenant.LeadAsync(lead)).Version.ShouldBe(untouched + 1);

        api.Now += TimeSpan.FromMinutes(1);
        // On again it begins anew: what happened before does not count, what happens now does.
        await SwitchAsync(tenant, 2, on: true);
        await tenant.EngageAsync("bob", "contact_form_submitted");
        await UntilReadAsync();
        (await tenant.GetAsync<ModelShadowReport>("/v1/scoring-models/2/shadow")).Totals.ShouldBe(new(1, 1, 0, 0, 0));
    }

    [Fact]
    public async Task Rows_hold_neither_names_nor_attributes_nobody_asks_for()
    {
        var tenant = await api.NewTenantAsync();
        var lead = await tenant.EngageAsync("confidential.person", "page_viewed");
        await tenant.DoAsync(lead, "attributes", new { actor = "mia", attributes = new { name = "Confidential Person", company_size = 300 } });
        await InShadowAsync(tenant, ModelDrafts.WithThreshold(60));
        await tenant.EngageAsync("confidential.person", "page_viewed");
        await UntilFollowedAsync(tenant);

        await using var session = api.Database.Documents.QuerySession(tenant.TenantId);
        var document = (await session.Query<ShadowLeadDocument>().ToJsonArray()).ToLowerInvariant();

        document.ShouldContain(lead.ToString());
        document.ShouldNotContain("confidential");
    }

    [Fact]
    public async Task One_that_was_switched_on_later_misses_nothing_and_tenants_do_not_mix()
    {
        var (one, other) = (await api.NewTenantAsync(), await api.NewTenantAsync());
        await InShadowAsync(one, ModelDrafts.WithThreshold(40));
        for (var i = 0; i < 5; i++) await one.EngageAsync($"p{i}", "contact_form_submitted");
        await InShadowAsync(other, ModelDrafts.WithThreshold(40));
        for (var i = 0; i < 7; i++) await other.EngageAsync($"p{i}", "contact_form_submitted");
        await UntilReadAsync();

        (await one.GetAsync<ModelShadowReport>("/v1/scoring-models/2/shadow")).Totals.WouldQualify.ShouldBe(5);
        (await other.GetAsync<ModelShadowReport>("/v1/scoring-models/2/shadow")).Totals.WouldQualify.ShouldBe(7);
    }

    private Task UntilFollowedAsync(ApiClient tenant) => MigratedDatabase.UntilAsync(
        async () => await api.Database.CountAsync<ShadowLeadDocument>(tenant.TenantId, l => l.ModelVersion == 2) == 1, "one lead is followed");

    private static async Task InShadowAsync(ApiClient tenant, System.Text.Json.JsonElement document)
    {
        var version = (await tenant.Http.DraftAsync(document)).Model.Version;
        await tenant.Http.DoAsync(version, "propose", new ProposeScoringModelRequest("mia"));
        await SwitchAsync(tenant, version, on: true);
    }

    private static async Task SwitchAsync(ApiClient tenant, int version, bool on)
    {
        using var answer = await tenant.Http.PutAsJsonAsync($"/v1/scoring-models/{version}/shadow", new SwitchShadowRequest(on, "mia"));
        (await answer.ReadAsync<ScoringModelReceipt>()).Model.Shadow.ShouldBe(on);
    }

    /// <summary>
    /// Whatever was stored before this call has been taken in: a lead of another tenant in shadow, written last, has its row.
    /// </summary>
    private async Task UntilReadAsync()
    {
        var marker = await api.NewTenantAsync();
        await InShadowAsync(marker, ModelDrafts.WithThreshold(99));
        await marker.EngageAsync("marker", "page_viewed");
        await UntilFollowedAsync(marker);
    }
}
