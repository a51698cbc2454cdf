using LeadScoring.Host.Scoring.Models;
using LeadScoring.Contracts;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host;
using LeadScoring.Host.Leads;
using Marten;
using LeadScoring.Host.Leads.Listing;
using Npgsql;

namespace LeadScoring.IntegrationTests.Leads;

/// <summary>Lists over HTTP: filters, order, pages, cursors.</summary>
public sealed class LeadListTests(LeadApi api) : IClassFixture<LeadApi>
{
    [Theory]
    [InlineData("score")]
    [InlineData("last_engaged_at")]
    [InlineData("updated_at")]
    public async Task Pages_show_every_lead_once_although_their_sort_values_are_equal(string sort)
    {
        var client = await api.NewTenantAsync();
        var made = new HashSet<Guid>();
        for (var i = 0; i < 23; i++) made.Add(await client.EngageAsync($"same{i}"));

        var shown = new List<Guid>();
        var cursor = "";
        do
        {
            var page = await client.GetAsync<LeadPage>($"/v1/leads?sort={sort}&limit=5{cursor}");
            page.Leads.Count.ShouldBe(shown.Count < 20 ? 5 : 3);
            shown.AddRange(page.Leads.Select(l => l.LeadId));
            cursor = page.NextCursor is null ? "" : $"&cursor={page.NextCursor}";
        }
        while (cursor.Length > 0 && shown.Count < 100);

        shown.Count.ShouldBe(23);
        shown.ToHashSet().SetEquals(made).ShouldBeTrue();
    }

    [Fact]
    public async Task The_highest_or_the_latest_stand_first()
    {
        var client = await api.NewTenantAsync();
        var warm = await client.EngageAsync("warm", "content_downloaded", agoDays: 3);
        var hot = await client.EngageAsync("hot", "webinar_attended", agoDays: 5);
        var cold = await client.EngageAsync("cold", agoDays: 1);

        (await IdsAsync(client, "")).ShouldBe([hot, warm, cold]);
        (await IdsAsync(client, "?sort=last_engaged_at")).ShouldBe([cold, warm, hot]);
    }

    [Fact]
    public async Task Each_filter_shows_what_it_says()
    {
        var client = await api.NewTenantAsync();
        var ann = await client.EngageAsync("ann", "content_downloaded", agoDays: 2, source: "web", campaign: "spring");
        var bob = await client.EngageAsync("bob", "webinar_attended", agoDays: 20, source: "events, \"live\" {x}", campaign: "autumn");
        var cid = await client.EngageAsync("cid", "demo_requested", agoDays: 1, source: "web");
        await client.DoAsync(bob, "attributes", new { actor = "ops", attributes = new { seniority = "vp", company_size = 500 } });
        await client.DoAsync(cid, "accept", new { actor = "rep-7" });

        (await IdsAsync(client, "?stage=inquiry")).ShouldBe([bob, ann], ignoreOrder: true);
        (await IdsAsync(client, "?stage=sales_accepted")).ShouldBe([cid]);
        (await IdsAsync(client, "?stage=sales_accepted&stage=customer")).ShouldBe([cid]);
        (await IdsAsync(client, "?stage=inquiry&stage=sales_accepted")).ShouldBe([ann, bob, cid], ignoreOrder: true);
        (await IdsAsync(client, "?grade=A")).ShouldBe([bob]);
        (await IdsAsync(client, "?grade=C&grade=A")).ShouldBe([ann, bob, cid], ignoreOrder: true);
        (await IdsAsync(client, "?minScore=50")).ShouldBe([cid]);
        (await IdsAsync(client, "?source=web")).ShouldBe([cid, ann]);
        (await IdsAsync(client, $"?source={Uri.EscapeDataString("events, \"live\" {x}")}")).ShouldBe([bob]);
        (await IdsAsync(client, "?campaign=spring")).ShouldBe([ann]);
        (await IdsAsync(client, "?owner=rep-7")).ShouldBe([cid]);
        (await IdsAsync(client, $"?engagedSince={api.Now.AddDays(-3):yyyy-MM-ddTHH:mm:ssZ}")).ShouldBe([cid, ann]);
        (await IdsAsync(client, "?source=web&campaign=spring&stage=inquiry&grade=C&minScore=1")).ShouldBe([ann]);
        (await IdsAsync(client, "?source=web&campaign=autumn")).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_queues_show_who_waits_for_marketing_and_who_for_sales()
    {
        var client = await api.NewTenantAsync();
        await client.EngageAsync("idle");
        var handedOff = await client.EngageAsync("fast", "demo_requested");
        Guid reviewed = default;
        for (var i = 0; i < 4; i++) reviewed = await client.EngageAsync("slow", "webinar_attended");

        var review = await client.GetAsync<LeadPage>("/v1/leads?queue=review");
        var sales = await client.GetAsync<LeadPage>("/v1/leads?queue=sales");

        review.Leads.Single().LeadId.ShouldBe(reviewed);
        review.Leads.Single().Stage.ShouldBe(Contracts.Stage.AutomationQualified);
        sales.Leads.Single().LeadId.ShouldBe(handedOff);
        sales.Leads.Single().AcceptanceDueAt.ShouldBe(api.Now.AddHours(24));
    }

    [Fact]
    public async Task A_row_shows_the_lead_in_short()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("kim", "webinar_attended");
        await client.DoAsync(id, "attributes", new { actor = "ops", attributes = new { name = "Kim Li", company = "Acme", seniority = "vp" } });

        var row = (await client.GetAsync<LeadPage>("/v1/leads")).Leads.Single();

        row.ShouldBe(new LeadSummary(
            id, Contracts.Stage.Inquiry, 1, 25.0m, api.Now, Contracts.Grade.B, 30.0m, "B 25", "kim@example.com", "Kim Li", "Acme",
            null, api.Now, null, api.Now, 4));
    }

    [Fact]
    public async Task A_cursor_is_refused_when_it_is_garbage_belongs_to_another_list_or_is_old()
    {
        var client = await api.NewTenantAsync();
        await client.EngageAsync("one");
        await client.EngageAsync("two");
        var cursor = (await client.GetAsync<LeadPage>("/v1/leads?limit=1")).NextCursor.ShouldNotBeNull();

        (await client.GetAsync<LeadPage>($"/v1/leads?limit=7&cursor={cursor}")).Leads.Count.ShouldBe(1);
        (await client.RefusedAsync($"/v1/leads?limit=1&minScore=0&cursor={cursor}")).Code.ShouldBe("cursor_invalid");
        (await client.RefusedAsync($"/v1/leads?limit=1&sort=updated_at&cursor={cursor}")).Code.ShouldBe("cursor_invalid");
        (await client.RefusedAsync($"/v1/leads?cursor={cursor[..^1]}")).Code.ShouldBe("cursor_invalid");
        (await client.RefusedAsync("/v1/leads?cursor=%00%F0%9F%98%80")).Code.ShouldBe("cursor_invalid");
        (await client.RefusedAsync("/v1/leads?cursor=")).Code.ShouldBe("cursor_invalid");

        var made = api.Now;
        api.Now = made + PageCursor.AgeMax + TimeSpan.FromSeconds(1);
        (await client.RefusedAsync($"/v1/leads?limit=1&cursor={cursor}")).Code.ShouldBe("cursor_expired");
    }

    [Theory]
    [InlineData("?email=ann@example.com", "email", "Unknown query parameter; known here: stage")]
    [InlineData("?Limit=5", "Limit", "Unknown query parameter")]
    [InlineData("?stage=mql", "stage", "One of inquiry, automation_qualified")]
    [InlineData("?stage=1", "stage", "One of")]
    [InlineData("?grade=a", "grade", "One of A, B, C, D")]
    [InlineData("?queue=marketing", "queue", "One of review, sales")]
    [InlineData("?queue=sales&stage=customer", "stage", "A queue has its stage")]
    [InlineData("?sort=name", "sort", "One of score, last_engaged_at, updated_at")]
    [InlineData("?limit=0", "limit", "from 1 to 200")]
    [InlineData("?limit=201", "limit", "from 1 to 200")]
    [InlineData("?limit=5&limit=6", "limit", "from 1 to 200")]
    [InlineData("?minScore=NaN", "minScore", "A number")]
    [InlineData("?engagedSince=2026-03-01", "engagedSince", "offset")]
    [InlineData("?engagedSince=2026-03-01T00:00:00", "engagedSince", "offset")]
    [InlineData("?engagedSince=2026-03-01T00:00:00+02:00", "engagedSince", "%2B")]
    [InlineData("?source=%00", "source", "Control characters")]
    public async Task A_wrong_parameter_is_named_with_its_rule(string query, string parameter, string rule)
    {
        var client = await api.NewTenantAsync();

        var problem = await client.RefusedAsync($"/v1/leads{query}");

        problem.Code.ShouldBe("validation_failed");
        problem.Errors.ShouldNotBeNull()[parameter].Single().ShouldContain(rule);
    }

    [Fact]
    public async Task Another_tenant_sees_none_of_it_and_a_key_without_the_scope_is_refused()
    {
        var mine = await api.NewTenantAsync();
        await mine.EngageAsync("secret");
        var theirs = await api.NewTenantAsync();
        var writer = await api.ClientAsync(mine.TenantId, Scopes.EngagementsWrite);

        (await theirs.GetAsync<LeadPage>("/v1/leads")).Leads.ShouldBeEmpty();
        (await writer.RefusedAsync("/v1/leads")).Code.ShouldBe("missing_scope");
    }

    [Fact]
    public async Task A_lead_that_never_engaged_stands_last_and_is_paged_past()
    {
        var model = ScoringModelDocument.Default;
        var clock = new SetClock(LeadApi.Start);
        await using var store = MartenSetup.StoreOf(api.Database.DataSource);
        var list = new LeadList(store, TenantModels.Only(model), clock);
        var never = Enumerable.Range(0, 3).Select(_ => Lead.New(Guid.CreateVersion7(), model)).ToList();
        var engaged = Lead.New(Guid.CreateVersion7(), model)
            .Evolve(new EngagementRecorded("web", "1", "page_viewed", clock.Now.AddDays(-1)), model);
        await StoreAsync(store, [.. never, engaged], model, clock.Now);

        var query = new LeadQuery(LeadFilter.None, LeadSort.LastEngagedAt, Limit: 2, After: null);
        var first = await list.ReadAsync("quiet", query, default);
        var (after, _) = PageCursor.Read(first.NextCursor!, LeadFilter.None.NameOf(LeadSort.LastEngagedAt), clock.Now);
        var second = await list.ReadAsync("quiet", query with { After = after }, default);

        first.Leads[0].LeadId.ShouldBe(engaged.Id);
        first.Leads[1].LastEngagedAt.ShouldBeNull();
        second.NextCursor.ShouldBeNull();
        first.Leads.Concat(second.Leads).Skip(1).Select(l => l.LeadId).ShouldBe(never.Select(l => l.Id), ignoreOrder: true);
        var since = LeadFilter.None with { EngagedSince = DateTimeOffset.MinValue.AddYears(1) };
        (await list.ReadAsync("quiet", query with { Filter = since }, default)).Leads.Single().LeadId.ShouldBe(engaged.Id);
    }

    private static async Task StoreAsync(IDocumentStore store, IReadOnlyList<Lead> leads, ScoringModel model, DateTimeOffset now)
    {
        await using var session = store.LightweightSession("quiet");
        foreach (var lead in leads) session.UpdateRevision(LeadDocument.Of("quiet", lead, now, model, now), Math.Max(1, lead.Version));
        await session.SaveChangesAsync();
    }

    private static async Task<List<Guid>> IdsAsync(ApiClient client, string query) =>
        [.. (await client.GetAsync<LeadPage>($"/v1/leads{query}")).Leads.Select(l => l.LeadId)];
}
