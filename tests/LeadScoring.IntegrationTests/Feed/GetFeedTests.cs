using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.IntegrationTests.Leads;

namespace LeadScoring.IntegrationTests.Feed;

/// <summary>The feed over HTTP: pages, filters, waiting, and whose it is.</summary>
public sealed class GetFeedTests(LeadApi api) : IClassFixture<LeadApi>
{
    [Fact]
    public async Task Decisions_stand_in_the_feed_in_order_and_at_positions_without_a_gap()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("ann", "demo_requested");
        await client.DoAsync(id, "accept", new { actor = "sam" });
        await client.DoAsync(id, "opportunity", new { actor = "sam", amount = 1200.50, currency = "EUR" });
        await client.DoAsync(id, "opportunity/won", new { actor = "sam" });

        var events = await client.TakeAsync(4);

        events.Select(e => e.Type).ShouldBe(
            [IntegrationEventTypes.LeadMarketingQualified, IntegrationEventTypes.LeadSalesAccepted, IntegrationEventTypes.OpportunityOpened, IntegrationEventTypes.OpportunityWon]);
        events.Select(e => e.Sequence).ShouldBe(["1", "2", "3", "4"]);
        events.Select(e => e.Id).Distinct().Count().ShouldBe(4);
        foreach (var e in events)
        {
            (e.Specversion, e.Source, e.Subject, e.Tenantid, e.Datacontenttype).ShouldBe(
                ("1.0", $"/leadscoring/{client.TenantId}", id.ToString(), client.TenantId, "application/json"));
            e.Time.ShouldBe(api.Now);
            e.Data.GetProperty("lead").GetProperty("leadId").GetGuid().ShouldBe(id);
        }

        var won = events[3].DataAs<OpportunityWonV1>();
        (won.Owner, won.Amount, won.Currency).ShouldBe(("sam", 1200.50m, "EUR"));
    }

    [Fact]
    public async Task An_event_carries_the_id_it_has_in_the_log_and_the_trace_of_the_request_that_led_to_it()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("traced", "demo_requested");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/leads/{id}/accept") { Content = System.Net.Http.Json.JsonContent.Create(new { actor = "sam" }) };
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        (await client.Http.SendAsync(request)).EnsureSuccessStatusCode();

        var accepted = (await client.TakeAsync(2))[1];

        accepted.Traceid.ShouldBe("0af7651916cd43dd8448eb211c80319c");
        accepted.Traceparent.ShouldNotBeNull().ShouldStartWith("00-0af7651916cd43dd8448eb211c80319c-");
        accepted.Id.ShouldBe(await api.Database.ScalarAsync<Guid>(
            "select id from mt_events where stream_id = $1 and type = 'sales_accepted'", id));
    }

    [Fact]
    public async Task Pages_follow_each_other_and_the_same_page_is_the_same_bytes()
    {
        var client = await api.NewTenantAsync();
        for (var i = 0; i < 5; i++) await client.EngageAsync($"p{i}", "demo_requested");
        await client.TakeAsync(5);

        var first = await client.FeedAsync("?limit=2");
        var second = await client.FeedAsync($"?after={first.NextAfter}&limit=2");
        var third = await client.FeedAsync($"?after={second.NextAfter}&limit=2");

        (first.NextAfter, second.NextAfter, third.NextAfter, third.Head).ShouldBe((2, 4, 5, 5));
        new[] { first, second, third }.SelectMany(p => p.Events).Select(e => e.Sequence).ShouldBe(["1", "2", "3", "4", "5"]);
        (await client.Http.GetByteArrayAsync("/v1/feed")).ShouldBe(await client.Http.GetByteArrayAsync("/v1/feed"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("&wait=30")]
    public async Task Whoever_is_ahead_of_the_feed_is_told_where_it_ends(string more)
    {
        var client = await api.NewTenantAsync();
        await client.EngageAsync("ahead", "demo_requested");
        await client.TakeAsync(1);

        var problem = await client.RefusedAsync("/v1/feed?after=2" + more);

        (problem.Status, problem.Code).ShouldBe((409, "position_beyond_head"));
        problem.Detail.ShouldNotBeNull().ShouldContain("ends at position 1;");
        (await client.FeedAsync("?after=1")).Events.ShouldBeEmpty("the end itself is no fault");
    }

    [Fact]
    public async Task A_filter_passes_over_other_types_without_reading_them_again()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("filtered", "demo_requested");
        await client.DoAsync(id, "accept", new { actor = "sam" });
        await client.DoAsync(id, "recycle", new { actor = "sam", reason = "not_ready" });
        await client.TakeAsync(3);

        var accepted = await client.FeedAsync($"?types={IntegrationEventTypes.LeadSalesAccepted}");
        var two = await client.FeedAsync($"?types={IntegrationEventTypes.LeadRecycled},{IntegrationEventTypes.LeadMarketingQualified}");
        var none = await client.FeedAsync($"?types={IntegrationEventTypes.OpportunityWon}");

        accepted.Events.Select(e => e.Sequence).ShouldBe(["2"]);
        two.Events.Select(e => e.Sequence).ShouldBe(["1", "3"]);
        (accepted.NextAfter, none.Events.Count, none.NextAfter).ShouldBe((3, 0, 3));
    }

    [Fact]
    public async Task Waiting_ends_as_soon_as_something_is_there()
    {
        var client = await api.NewTenantAsync();
        var before = await client.FeedAsync();
        var waiting = client.FeedAsync($"?after={before.NextAfter}&wait=30");

        await client.EngageAsync("awaited", "demo_requested");

        var page = await waiting;
        page.Events.ShouldHaveSingleItem().Type.ShouldBe(IntegrationEventTypes.LeadMarketingQualified);
        (page.NextAfter, page.Head).ShouldBe((1, 1));
    }

    [Fact]
    public async Task Waiting_for_one_type_is_not_ended_by_another()
    {
        var client = await api.NewTenantAsync();
        var waiting = client.FeedAsync($"?wait=30&types={IntegrationEventTypes.LeadSalesAccepted}");

        var id = await client.EngageAsync("other", "demo_requested");
        await client.TakeAsync(1);
        waiting.IsCompleted.ShouldBeFalse();
        await client.DoAsync(id, "accept", new { actor = "sam" });

        (await waiting).Events.ShouldHaveSingleItem().Sequence.ShouldBe("2");
    }

    [Fact]
    public async Task Waiting_in_vain_ends_with_an_empty_page()
    {
        var client = await api.NewTenantAsync();

        var page = await client.FeedAsync("?wait=1");

        (page.Events.Count, page.NextAfter, page.Head).ShouldBe((0, 0, 0));
    }

    [Fact]
    public async Task A_tenant_sees_its_own_feed_only()
    {
        var (one, other) = (await api.NewTenantAsync(), await api.NewTenantAsync());
        var mine = await one.EngageAsync("mine", "demo_requested");
        var theirs = await other.EngageAsync("theirs", "demo_requested");

        (await one.TakeAsync(1)).ShouldHaveSingleItem().Subject.ShouldBe(mine.ToString());
        (await other.TakeAsync(1)).ShouldHaveSingleItem().Subject.ShouldBe(theirs.ToString());
        (await one.FeedAsync("?after=1")).Events.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_feed_takes_its_scope_and_no_other()
    {
        var tenant = await api.NewTenantAsync();
        foreach (var scope in Scopes.All)
        {
            var client = await api.ClientAsync(tenant.TenantId, scope);
            using var answer = await client.Http.GetAsync("/v1/feed");
            answer.IsSuccessStatusCode.ShouldBe(scope == Scopes.FeedRead, scope);
        }
    }

    [Theory]
    [InlineData("after=-1", "after")]
    [InlineData("after=one", "after")]
    [InlineData("after=99999999999999999999", "after")]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=201", "limit")]
    [InlineData("wait=31", "wait")]
    [InlineData("wait=0.5", "wait")]
    [InlineData("types=lead.sales_accepted", "types")]
    [InlineData("types=leadscoring.lead.sales_accepted.v1,", "types")]
    [InlineData("types=", "types")]
    [InlineData("type=leadscoring.lead.sales_accepted.v1", "type")]
    public async Task What_is_wrong_with_a_question_is_said(string query, string parameter)
    {
        var client = await api.NewTenantAsync();

        var problem = await client.RefusedAsync($"/v1/feed?{query}");

        (problem.Status, problem.Code).ShouldBe((400, "validation_failed"));
        problem.Errors!.Keys.ShouldBe([parameter]);
    }

    [Fact]
    public async Task What_is_not_published_leaves_no_trace_in_the_feed()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("quiet");
        await client.DoAsync(id, "attributes", new { actor = "crm", attributes = new { city = "Oslo" } });
        await client.DoAsync(id, "disqualify", new { actor = "mia", reason = "no_need" });

        var only = (await client.TakeAsync(1)).ShouldHaveSingleItem();

        (only.Type, only.Sequence).ShouldBe((IntegrationEventTypes.LeadDisqualified, "1"));
        only.Data.TryGetProperty("note", out _).ShouldBeFalse("what is not known is left out");
        only.Data.GetProperty("reason").GetString().ShouldBe("no_need");
        only.Data.GetProperty("cycle").ValueKind.ShouldBe(JsonValueKind.Number);
    }
}
