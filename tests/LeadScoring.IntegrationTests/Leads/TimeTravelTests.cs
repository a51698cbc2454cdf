using System.Globalization;
using System.Net.Http.Json;
using LeadScoring.Contracts;
using LeadScoring.IntegrationTests.Engagements;
using LeadScoring.IntegrationTests.Scoring;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Leads;

/// <summary>What somebody was shown at a time, shown again; and a score's whole history.</summary>
public sealed class TimeTravelTests(LeadApi api) : IClassFixture<LeadApi>
{
    private static readonly TimeSpan Notice = Host.Scoring.Models.ModelOptions.Default.Notice;

    [Fact]
    public async Task What_was_shown_is_shown_again_to_the_byte_whatever_became_known_since()
    {
        var client = await api.NewTenantAsync();
        var begin = api.Now;
        var id = await client.EngageAsync("again", "webinar_attended", agoDays: 20, campaign: "spring");
        var shown = new List<(DateTimeOffset At, string Lead, string Score)>();
        await ShowAsync();
        await client.EngageAsync("again", "contact_form_submitted", agoDays: 3.3);
        await client.EngageAsync("again", "email_clicked", agoDays: 9);
        await ShowAsync();
        await client.DoAsync(id, "attributes", new { actor = "ops", attributes = new { seniority = "vp", company_size = 500 } });
        await client.EngageAsync("again", "demo_requested");
        await ShowAsync();
        await client.DoAsync(id, "accept", new { actor = "rep" });
        await ShowAsync();
        var version = await client.Http.SignedAsync(ModelDrafts.Document(d => d["engagement"]!["rules"]![1]!["points"] = 33));
        await client.Http.ActivateAsync(version);
        api.Now += Notice;
        await ShowAsync();
        await client.EngageAsync("again", "pricing_page_viewed", agoDays: 25);
        await client.RetractAsync(("web", "e-1"));
        await ShowAsync();
        await client.EngageAsync("again", "content_downloaded", agoDays: 30);
        api.Now += TimeSpan.FromDays(3);
        await client.EngageAsync("again", "page_viewed");

        foreach (var (at, lead, score) in shown)
        {
            (await TextAsync(client, $"/v1/leads/{id}?knownAt={Text(at)}")).ShouldBe(lead);
            (await TextAsync(client, $"/v1/leads/{id}?at={Text(at)}&knownAt={Text(at)}")).ShouldBe(lead);
            (await TextAsync(client, $"/v1/leads/{id}/score?at={Text(at)}&knownAt={Text(at)}")).ShouldBe(score);
        }

        (await TextAsync(client, $"/v1/leads/{id}?at={Text(shown[0].At)}")).ShouldNotBe(shown[0].Lead, "what became known later counts unless knownAt says otherwise");
        shown.Select(s => s.Lead).Distinct().Count().ShouldBe(shown.Count);
        (await client.RefusedAsync($"/v1/leads/{id}?knownAt={Text(begin.AddSeconds(-1))}")).Code.ShouldBe("lead_unknown_then");
        (await client.RefusedAsync($"/v1/leads/{Guid.NewGuid()}?knownAt={Text(begin)}")).Code.ShouldBe("lead_not_found");
        (await client.RefusedAsync($"/v1/leads/{id}/score?knownAt=2036-01-01T00:00:00Z")).Errors!["knownAt"].Single().ShouldContain("future");

        async Task ShowAsync()
        {
            api.Now += TimeSpan.FromHours(5);
            shown.Add((api.Now, await TextAsync(client, $"/v1/leads/{id}"), await TextAsync(client, $"/v1/leads/{id}/score")));
            api.Now += TimeSpan.FromHours(5);
        }
    }

    [Fact]
    public async Task A_retraction_that_is_known_counts_at_every_instant()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("wrong", "webinar_attended", agoDays: 10);
        await client.EngageAsync("wrong", "page_viewed", agoDays: 10);
        var before = api.Now;
        api.Now += TimeSpan.FromHours(1);
        await client.RetractAsync(("web", "e-1"));

        var now = await client.GetAsync<LeadView>($"/v1/leads/{id}?at={Text(before)}");
        var then = await client.GetAsync<LeadView>($"/v1/leads/{id}?at={Text(before)}&knownAt={Text(before)}");
        var later = await client.GetAsync<LeadView>($"/v1/leads/{id}?at={Text(api.Now)}&knownAt={Text(before)}");

        (now.Score, now.Engagements.Count, now.ScoreAsOf).ShouldBe((0.8m, 1, before));
        (then.Score, then.Engagements.Count).ShouldBe((20.6m, 2));
        (later.Score, later.ScoreAsOf).ShouldBe((20.6m, api.Now));
        (await client.GetAsync<ScoreExplanation>($"/v1/leads/{id}/score?at={Text(before)}")).Lines.Select(l => l.Kind)
            .ShouldBe([ScoreLineKind.Retracted, ScoreLineKind.Counted, ScoreLineKind.Rounding], ignoreOrder: true);
    }

    [Fact]
    public async Task Every_point_of_the_history_is_what_a_look_at_its_instant_shows()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("curve", "webinar_attended", agoDays: 20);
        for (var i = 0; i < 6; i++) await client.EngageAsync("curve", "email_opened", agoDays: 4 + (i * 0.01));
        await client.DoAsync(id, "attributes", new { actor = "ops", attributes = new { seniority = "vp", company_size = 500 } });
        api.Now += TimeSpan.FromDays(1);
        var version = await client.Http.SignedAsync(ModelDrafts.Document(d => d["engagement"]!["rules"]![1]!["points"] = 33));
        await client.Http.ActivateAsync(version);
        api.Now += Notice;
        await client.EngageAsync("curve", "demo_requested");
        await client.DoAsync(id, "accept", new { actor = "rep" });
        api.Now += TimeSpan.FromDays(1);

        var points = new List<ScorePoint>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await client.GetAsync<ScoreHistory>($"/v1/leads/{id}/score-history?limit=4{cursor}");
            page.Points.Count.ShouldBeInRange(1, 4);
            points.AddRange(page.Points);
            cursor = page.NextCursor is { } next ? $"&cursor={next}" : null;
        }

        points.Select(p => p.What).ShouldBe(
            ["webinar_attended", .. Enumerable.Repeat("email_opened", 6), "attributes_changed", .. points.Where(p => p.Kind == ScorePointKind.ModelChange).Select(p => p.What), "demo_requested", "marketing_qualified", "sales_accepted"]);
        points.Count(p => p.Kind == ScorePointKind.ModelChange).ShouldBe(1);
        foreach (var point in points)
        {
            var lead = await client.GetAsync<LeadView>($"/v1/leads/{id}?at={Text(point.At)}");
            (point.Score, point.QualifyingScore, point.Grade, point.Stage, point.ModelVersion)
                .ShouldBe((lead.Score, lead.QualifyingScore, lead.Grade, lead.Stage, lead.ModelVersion));
        }

        var first = await client.GetAsync<ScoreHistory>($"/v1/leads/{id}/score-history?model=1&from={Text(points[8].At)}&to={Text(api.Now)}");
        first.Points.Select(p => (p.What, p.ModelVersion)).ShouldBe([("demo_requested", 1), ("marketing_qualified", 1), ("sales_accepted", 1)]);
        (await client.RefusedAsync($"/v1/leads/{id}/score-history?model=9")).Code.ShouldBe("model_version_not_found");
        (await client.RefusedAsync($"/v1/leads/{id}/score-history?limit=1001&at=now")).Errors!.Keys.ShouldBe(["at", "limit"], ignoreOrder: true);
        (await client.RefusedAsync($"/v1/leads/{Guid.NewGuid()}/score-history")).Code.ShouldBe("lead_not_found");
    }

    private static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);

    private static async Task<string> TextAsync(ApiClient client, string path)
    {
        using var answer = await client.Http.GetAsync(new Uri(path, UriKind.Relative));
        var text = await answer.Content.ReadAsStringAsync();
        answer.IsSuccessStatusCode.ShouldBeTrue(text);
        return text;
    }
}
