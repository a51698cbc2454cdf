using System.Text.Json;
using LeadScoring.Contracts;

namespace LeadScoring.IntegrationTests.Leads;

/// <summary>The explained score over HTTP.</summary>
public sealed class LeadScoreTests(LeadApi api) : IClassFixture<LeadApi>
{
    [Fact]
    public async Task The_lines_add_up_to_the_score_the_lead_shows_exactly()
    {
        var client = await api.NewTenantAsync();
        Guid id = default;
        for (var i = 0; i < 5; i++) id = await client.EngageAsync("sum", "email_opened", agoDays: 3.1 + (i * 0.01));
        for (var i = 0; i < 14; i++) await client.EngageAsync("sum", "email_opened", agoDays: 0.5 + i);
        for (var i = 0; i < 3; i++) await client.EngageAsync("sum", "content_downloaded", agoDays: i * 7.3);
        await client.EngageAsync("sum", "careers_page_viewed", agoDays: 2.2);
        await client.EngageAsync("sum", "something_else", agoDays: 1);
        await client.DoAsync(id, "attributes", new { actor = "ops", attributes = new { seniority = "manager", company_size = 50 } });
        foreach (var later in (double[])[0, 0.37, 11.11])
        {
            api.Now += TimeSpan.FromDays(later);

            var lead = await client.LeadAsync(id);
            var why = await client.GetAsync<ScoreExplanation>($"/v1/leads/{id}/score");

            why.Score.ShouldBe(lead.Score);
            why.Lines.Sum(l => l.Points).ShouldBe(why.Score);
            (why.Grade, why.Fit, why.ModelVersion).ShouldBe((lead.Grade, lead.Fit, lead.ModelVersion));
            why.FitLines.ShouldBe([new FitLine("manager", 15), new FitLine("small_company", 10)]);
        }

        var lines = (await client.GetAsync<ScoreExplanation>($"/v1/leads/{id}/score")).Lines;
        lines.Count(l => l.Kind == ScoreLineKind.FrequencyCapped).ShouldBeGreaterThan(0);
        lines.Single(l => l.Kind == ScoreLineKind.NoRule).ShouldSatisfyAllConditions(
            l => l.Points.ShouldBe(0), l => l.EngagementType.ShouldBe("something_else"), l => l.BasePoints.ShouldBeNull());
        lines.Where(l => l.Rule == "content_download").ShouldAllBe(l => l.BasePoints == 15 && l.Id != null && l.Source == "web");
    }

    [Fact]
    public async Task Totals_by_rule_stand_largest_first()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("top", "page_viewed");
        await client.EngageAsync("top", "demo_requested");
        await client.EngageAsync("top", "careers_page_viewed");

        var why = await client.GetAsync<ScoreExplanation>($"/v1/leads/{id}/score?model=1");

        why.Rules.ShouldBe(
        [
            new ScoreRuleTotal("demo_requested", 60, 1),
            new ScoreRuleTotal("careers_page", -10, 1),
            new ScoreRuleTotal("page_view", 1, 1),
        ]);
    }

    [Fact]
    public async Task A_past_instant_is_explained_as_it_was()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("past", "webinar_attended", agoDays: 30);
        await client.EngageAsync("past", "content_downloaded", agoDays: 10);
        var at = $"at={api.Now.AddDays(-20):yyyy-MM-ddTHH:mm:ssZ}";

        var why = await client.GetAsync<ScoreExplanation>($"/v1/leads/{id}/score?{at}");
        var then = await client.GetAsync<LeadView>($"/v1/leads/{id}?{at}");

        why.Lines.Count(l => l.EngagementType is not null).ShouldBe(1);
        why.Score.ShouldBe(then.Score);
        why.Score.ShouldBe(19.8m);
        (await client.RefusedAsync($"/v1/leads/{id}/score?at=2020-01-01T00:00:00Z")).Code.ShouldBe("lead_unknown_then");
    }

    [Fact]
    public async Task Only_the_active_model_version_is_known()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("model");

        (await client.RefusedAsync($"/v1/leads/{id}/score?model=2")).Code.ShouldBe("model_version_not_found");
        (await client.RefusedAsync($"/v1/leads/{id}/score?model=newest")).Errors!.Keys.ShouldBe(["model"]);
        (await client.RefusedAsync($"/v1/leads/{Guid.NewGuid()}/score")).Code.ShouldBe("lead_not_found");
    }

    [Fact]
    public async Task The_active_model_is_shown_as_its_document()
    {
        var client = await api.NewTenantAsync();

        var model = await client.GetAsync<ScoringModelView>("/v1/scoring-model");

        model.Version.ShouldBe(1);
        model.ModelId.ShouldStartWith("1-");
        model.Document.GetProperty("qualification").GetProperty("threshold").GetDouble().ShouldBe(100);
        model.Document.GetProperty("engagement").GetProperty("rules").ValueKind.ShouldBe(JsonValueKind.Array);
    }
}
