using System.Net;
using LeadScoring.Contracts;

namespace LeadScoring.IntegrationTests.Leads;

/// <summary>One lead over HTTP: now, at an instant, by a name it goes by.</summary>
public sealed class LeadNowAndThenTests(LeadApi api) : IClassFixture<LeadApi>
{
    [Fact]
    public async Task A_lead_shows_everything_known_and_its_exact_score()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("ann", "content_downloaded", agoDays: 30, campaign: "spring");
        await client.EngageAsync("ann", "webinar_attended");
        await client.DoAsync(id, "attributes", new { actor = "ops", attributes = new { seniority = "vp", company_size = 500, vip = true } });

        var lead = await client.LeadAsync(id);

        lead.Score.ShouldBe(32.5m);
        lead.QualifyingScore.ShouldBe(32.5m);
        lead.ScoreAsOf.ShouldBe(api.Now);
        (lead.Grade, lead.Fit, lead.Rating, lead.ModelVersion).ShouldBe((Grade.A, 60m, "A 33", 1));
        lead.Identities.Emails.ShouldBe(["ann@example.com"]);
        lead.Attributes.Keys.ShouldBe(["company_size", "seniority", "vip"]);
        lead.Attributes["company_size"].GetDouble().ShouldBe(500);
        lead.Attributes["vip"].GetBoolean().ShouldBeTrue();
        lead.Engagements.CountByType.ShouldBe(new Dictionary<string, int> { ["content_downloaded"] = 1, ["webinar_attended"] = 1 }, ignoreOrder: true);
        lead.Engagements.FirstAt.ShouldBe(api.Now.AddDays(-30));
        lead.Engagements.Campaigns.ShouldBe(["spring"]);
        (lead.Stage, lead.Cycle, lead.Version).ShouldBe((Stage.Inquiry, 1, 5));
    }

    [Fact]
    public async Task The_score_decays_between_two_reads_and_no_304_hides_it()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("dee", "contact_form_submitted");
        using var first = await client.SendAsync(HttpMethod.Get, $"/v1/leads/{id}");
        var tag = first.Headers.ETag.ShouldNotBeNull().Tag;

        api.Now += TimeSpan.FromDays(30);
        using var later = await client.SendAsync(HttpMethod.Get, $"/v1/leads/{id}", ifNoneMatch: tag);

        tag.ShouldBe("\"3\"");
        later.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await client.LeadAsync(id)).Score.ShouldBe(25m);
    }

    [Fact]
    public async Task A_lead_nothing_of_which_can_decay_is_answered_with_304()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("still", "newsletter_archived");

        using var same = await client.SendAsync(HttpMethod.Get, $"/v1/leads/{id}", ifNoneMatch: "\"2\", W/\"3\"");
        using var other = await client.SendAsync(HttpMethod.Get, $"/v1/leads/{id}", ifNoneMatch: "\"2\"");

        same.StatusCode.ShouldBe(HttpStatusCode.NotModified);
        other.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_lead_is_shown_as_it_was_at_an_instant()
    {
        var client = await api.NewTenantAsync();
        var begin = api.Now;
        var id = await client.EngageAsync("tim", "contact_form_submitted", agoDays: 1);
        api.Now = begin.AddHours(2);
        await client.EngageAsync("tim", "demo_requested");
        api.Now = begin.AddHours(4);
        await client.DoAsync(id, "accept", new { actor = "rep" });
        await client.EngageAsync("tim", "webinar_attended", agoDays: 30);

        var beforeCapture = await AtAsync(client, id, begin.AddHours(-1));
        var captured = await AtAsync(client, id, begin);
        var handedOff = await AtAsync(client, id, begin.AddHours(3));

        // Known only later, the webinar of a month ago counts at every instant since.
        beforeCapture.Stage.ShouldBe(Stage.Inquiry);
        beforeCapture.Engagements.Count.ShouldBe(2);
        beforeCapture.Identities.Emails.ShouldBeEmpty();
        beforeCapture.CapturedAt.ShouldBe(begin);
        captured.Identities.Emails.Count.ShouldBe(1);
        captured.Score.ShouldBe(61.4m);
        (handedOff.Stage, handedOff.Owner).ShouldBe((Stage.MarketingQualified, null));
        handedOff.ScoreAsOf.ShouldBe(begin.AddHours(3));
        (await client.LeadAsync(id)).Stage.ShouldBe(Stage.SalesAccepted);
        (await client.RefusedAsync($"/v1/leads/{id}?at=2020-01-01T00:00:00Z")).Code.ShouldBe("lead_unknown_then");
        (await client.RefusedAsync($"/v1/leads/{id}?at=2036-01-01T00:00:00Z")).Errors!["at"].Single().ShouldContain("future");
        (await client.RefusedAsync($"/v1/leads/{id}?at=yesterday")).Errors!.Keys.ShouldBe(["at"]);
        (await client.RefusedAsync($"/v1/leads/{id}?when=2020-01-01T00:00:00Z")).Errors!.Keys.ShouldBe(["when"]);
    }

    [Fact]
    public async Task Now_by_a_clock_that_is_a_little_ahead_is_now()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("ahead", "pricing_page_viewed");

        (await AtAsync(client, id, api.Now.AddMinutes(4))).ScoreAsOf.ShouldBe(api.Now);
    }

    [Fact]
    public async Task A_lead_is_found_by_a_name_in_any_writing_of_it()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("lou");

        using var found = await client.SendAsync(HttpMethod.Post, "/v1/leads/lookup", new LeadLookup(Email: " LOU@Example.com "));

        found.StatusCode.ShouldBe(HttpStatusCode.OK);
        found.Headers.ETag!.Tag.ShouldBe("\"3\"");
        (await found.Content.ReadAsStringAsync()).ShouldContain(id.ToString());
        var lookup = (object body) => client.RefusedAsync(HttpMethod.Post, "/v1/leads/lookup", body);
        (await lookup(new { email = "nobody@example.com" })).Code.ShouldBe("lead_not_found");
        (await lookup(new { anonymousId = "lou@example.com" })).Code.ShouldBe("lead_not_found");
        (await lookup(new { email = "no address" })).Errors!.Keys.ShouldBe(["$.email"]);
        (await lookup(new { email = "lou@example.com", externalId = "7" })).Errors!.Keys.ShouldBe(["$"]);
        (await lookup(new { })).Errors!.Keys.ShouldBe(["$"]);
        (await lookup(new { phone = "1" })).Code.ShouldBe("validation_failed");
    }

    [Fact]
    public async Task Another_tenants_lead_is_not_there_at_all()
    {
        var mine = await api.NewTenantAsync();
        var id = await mine.EngageAsync("mine", "demo_requested");
        var theirs = await api.NewTenantAsync();

        foreach (var path in (string[])["", "/score", "/timeline", $"?at={api.Now:yyyy-MM-ddTHH:mm:ssZ}"])
        {
            var problem = await theirs.RefusedAsync($"/v1/leads/{id}{path}");
            (problem.Status, problem.Code).ShouldBe((404, "lead_not_found"));
        }

        (await theirs.RefusedAsync(HttpMethod.Post, "/v1/leads/lookup", new LeadLookup(Email: "mine@example.com"))).Code.ShouldBe("lead_not_found");
        (await theirs.RefusedAsync(id, "accept", new { actor = "rep" })).Code.ShouldBe("lead_not_found");
        (await mine.LeadAsync(id)).Stage.ShouldBe(Stage.MarketingQualified);
    }

    private static Task<LeadView> AtAsync(ApiClient client, Guid id, DateTimeOffset at) =>
        client.GetAsync<LeadView>($"/v1/leads/{id}?at={at:yyyy-MM-ddTHH:mm:ss.fffffffZ}");
}
