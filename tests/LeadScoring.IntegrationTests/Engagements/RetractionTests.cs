using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using LeadScoring.Contracts;
using LeadScoring.Domain.Engagements;
using LeadScoring.Host.Engagements.Retractions;
using LeadScoring.Host.Events;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Rebuilding;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.IntegrationTests.Feed;
using LeadScoring.IntegrationTests.Scoring;
using LeadScoring.IntegrationTests.Leads;
using LeadScoring.IntegrationTests.Setup;
using Microsoft.Extensions.Logging.Abstractions;

namespace LeadScoring.IntegrationTests.Engagements;

/// <summary>Engagements that were none, and those that are genuine after all, over HTTP.</summary>
public sealed class RetractionTests(LeadApi api) : IClassFixture<LeadApi>
{
    [Fact]
    public async Task A_dry_run_tells_what_it_is_about_and_then_exactly_that_is_retracted()
    {
        var client = await api.NewTenantAsync();
        var bot = await client.EngageAsync("bot", "webinar_attended", source: "import", campaign: "fair");
        await client.EngageAsync("bot", "demo_requested");
        var other = await client.EngageAsync("other", "webinar_attended", source: "import", campaign: "fair");
        await client.EngageAsync("other", "webinar_attended", source: "import", campaign: "spring");
        var request = new RetractionRequest(
            Guid.NewGuid(), "mia", "A list that was bought", null, new(api.Now.AddHours(-1), api.Now.AddMinutes(1), "import", "webinar_attended", "fair"), DryRun: true);

        var dry = await client.RetractAsync(request);
        await client.EngageAsync("late", "webinar_attended", source: "import", campaign: "fair");
        (await client.LeadAsync(bot)).Score.ShouldBe(85m);
        var done = await client.RetractAsync(request with { DryRun = false });

        (dry.State, dry.DryRun, dry.Engagements, dry.Leads, dry.LeadsDone).ShouldBe((RetractionState.Found, true, 2, 2, 0));
        dry.LeadsByStage.ShouldBe(new Dictionary<string, int> { ["inquiry"] = 1, ["marketing_qualified"] = 1 }, ignoreOrder: true);
        (done.State, done.DryRun, done.Engagements, done.LeadsDone).ShouldBe((RetractionState.Done, false, 2, 2));
        var lead = await client.LeadAsync(bot);
        (lead.Score, lead.Stage, lead.Engagements.Count).ShouldBe((60m, Stage.MarketingQualified, 1));
        (await client.LeadAsync(other)).Score.ShouldBe(25m);
        await ShouldBeCleanAsync(client);
    }

    [Fact]
    public async Task The_timeline_and_the_explanation_show_what_was_retracted_and_a_repeat_of_it_stays_a_duplicate()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("shown", "webinar_attended");
        await client.EngageAsync("shown", "page_viewed");
        var request = Retracting.Request(("web", "e-1"), ("web", "never posted"));

        var done = await client.RetractAsync(request);
        var again = await client.RetractAsync(request);
        var repeat = new Engagement("e-1", "web", "webinar_attended", api.Now, new LeadReference(Email: "shown@example.com"));
        using var posted = await client.Http.PostAsJsonAsync("/v1/engagements", repeat);

        (done.Engagements, done.UnknownIds, done.LeadsDone).ShouldBe((1, 1, 1));
        again.ShouldBe(done with { LeadsByStage = again.LeadsByStage });
        var receipt = await posted.ReadAsync<EngagementReceipt>(HttpStatusCode.OK);
        (receipt.Duplicate, receipt.Lead.Score).ShouldBe((true, 1m));
        var timeline = (await client.GetAsync<LeadTimeline>($"/v1/leads/{id}/timeline")).Entries;
        timeline.Count(e => e.Type == "engagement_retracted").ShouldBe(1);
        timeline[0].ShouldSatisfyAllConditions(e => e.Actor.ShouldBe("mia"), e => e.Summary.ShouldContain("retracted"));
        timeline.Count(e => e.Type == "engagement_recorded").ShouldBe(2);
        var lines = (await client.GetAsync<ScoreExplanation>($"/v1/leads/{id}/score")).Lines;
        lines.Single(l => l.Id == "e-1").ShouldSatisfyAllConditions(l => l.Kind.ShouldBe(ScoreLineKind.Retracted), l => l.Points.ShouldBe(0));
        await ShouldBeCleanAsync(client);
    }

    [Fact]
    public async Task Sales_is_told_once_when_what_it_was_handed_rested_on_it()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("sold", "content_downloaded");
        await client.EngageAsync("sold", "demo_requested");
        await client.DoAsync(id, "accept", new { actor = "rep" });
        var handoff = (await client.TakeAsync(2))[^1];
        api.Now += TimeSpan.FromHours(1);
        await client.EngageAsync("sold", "page_viewed");

        var request = Retracting.Request(("web", "e-1"), ("web", "e-3"));
        await client.RetractAsync(request);
        await client.RetractAsync(request);

        var told = (await client.TakeAsync(1, after: long.Parse(handoff.Sequence))).Single();
        told.Type.ShouldBe(IntegrationEventTypes.LeadEvidenceRetracted);
        told.Data.GetProperty("engagements").GetInt32().ShouldBe(1);
        told.Data.GetProperty("scoreAtHandoff").GetDecimal().ShouldBe(75m);
        told.Data.GetProperty("score").GetDecimal().ShouldBe(60m);
        told.Data.GetProperty("owner").GetString().ShouldBe("rep");
        told.Data.GetProperty("retractionId").GetGuid().ShouldBe(request.RetractionId);
        (await client.LeadAsync(id)).Stage.ShouldBe(Stage.SalesAccepted);
        (await client.FeedAsync()).Head.ShouldBe(3);
    }

    [Fact]
    public async Task Of_more_engagements_than_one_command_takes_sales_is_told_once()
    {
        var client = await api.NewTenantAsync();
        var number = RetractionWork.EngagementsPerCommandMax + 100;
        var clicks = Enumerable.Range(0, number)
            .Select(i => new Engagement($"c-{i}", "mail", "newsletter_read", api.Now, new(Email: "much@example.com"), Campaign: "fair")).ToList();
        foreach (var some in clicks.Chunk(300))
        {
            using var posted = await client.Http.PostAsJsonAsync("/v1/engagements/batch", new EngagementBatch(some));
            posted.StatusCode.ShouldBe(HttpStatusCode.OK, await posted.Content.ReadAsStringAsync());
        }

        var id = await client.EngageAsync("much", "demo_requested");
        await client.DoAsync(id, "accept", new { actor = "rep" });
        var before = (await client.TakeAsync(2))[^1];

        var done = await client.RetractAsync(new RetractionRequest(
            Guid.NewGuid(), "mia", "a bot", null, new(api.Now.AddHours(-1), api.Now.AddMinutes(1), "mail", "newsletter_read", "fair")));

        (done.State, done.Engagements, done.LeadsDone).ShouldBe((RetractionState.Done, number, 1));
        var told = (await client.TakeAsync(1, after: long.Parse(before.Sequence))).Single();
        told.Data.GetProperty("engagements").GetInt32().ShouldBe(number);
        told.Data.GetProperty("score").GetDecimal().ShouldBe(60m);
        (await client.GetAsync<LeadTimeline>($"/v1/leads/{id}/timeline?limit=200")).Entries.Count(e => e.Type == "evidence_retracted").ShouldBe(1);
    }

    [Fact]
    public async Task A_restoration_undoes_a_retraction_and_nothing_that_was_said_since()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("back", "webinar_attended");
        await client.EngageAsync("back", "content_downloaded");
        var retraction = Retracting.Request(("web", "e-1"), ("web", "e-2"));
        await client.RetractAsync(retraction);
        (await client.LeadAsync(id)).Score.ShouldBe(0m);

        var restoration = new RestorationRequest(Guid.NewGuid(), "mia", "no bot", RetractionId: retraction.RetractionId);
        var restored = await client.RestoreAsync(restoration);
        (restored.State, restored.Engagements, restored.LeadsDone).ShouldBe((RetractionState.Done, 2, 1));
        (await client.LeadAsync(id)).Score.ShouldBe(40m);
        (await client.RetractAsync(retraction)).State.ShouldBe(RetractionState.Done);
        (await client.LeadAsync(id)).Score.ShouldBe(40m, "the same retraction sent once more is the one that was undone");

        await client.RetractAsync(("web", "e-2"));
        await client.RestoreAsync(restoration);
        (await client.LeadAsync(id)).Score.ShouldBe(25m, "nor does the same restoration undo what came after it");
        await client.RestoreAsync(new(Guid.NewGuid(), "mia", "no bot", RetractionId: retraction.RetractionId));
        (await client.LeadAsync(id)).Score.ShouldBe(25m, "another retraction holds");
        await client.RestoreAsync(new(Guid.NewGuid(), "mia", "no bot", [new("web", "e-2")]));
        (await client.LeadAsync(id)).Score.ShouldBe(40m);
        await ShouldBeCleanAsync(client);
    }

    [Fact]
    public async Task Clicks_in_a_burst_are_suspected_until_somebody_vouches_for_them()
    {
        var client = await api.NewTenantAsync();
        var version = await client.Http.SignedAsync(ModelDrafts.Document(d => d["clickBurst"] = JsonNode.Parse(
            """{"types": ["email_clicked"], "count": 3, "seconds": 10, "deliveredType": "email_delivered", "deliveredSeconds": 2}""")));
        await client.Http.ActivateAsync(version);
        api.Now += ModelOptions.Default.Notice;
        const double Second = 1.0 / 86_400;
        var id = await client.EngageAsync("scanner", "email_clicked", agoDays: 100 * Second);
        await client.EngageAsync("scanner", "email_clicked", agoDays: 96 * Second);
        (await client.LeadAsync(id)).Score.ShouldBe(6m);

        await client.EngageAsync("scanner", "email_clicked", agoDays: 90 * Second);
        (await client.LeadAsync(id)).Score.ShouldBe(0m);
        await client.EngageAsync("scanner", "email_clicked", agoDays: 89 * Second);
        await client.EngageAsync("scanner", "email_clicked", agoDays: 20 * Second);
        (await client.LeadAsync(id)).Score.ShouldBe(3m);
        await client.EngageAsync("scanner", "email_delivered", agoDays: 21 * Second);
        (await client.LeadAsync(id)).Score.ShouldBe(0m);

        var lines = (await client.GetAsync<ScoreExplanation>($"/v1/leads/{id}/score")).Lines;
        lines.Count(l => l is { Kind: ScoreLineKind.SuspectedBot, Points: 0, Rule: "email_click" }).ShouldBe(5);
        await client.RestoreAsync(new(Guid.NewGuid(), "mia", "no bot", [new("web", "e-5"), new("web", "e-1")]));
        (await client.LeadAsync(id)).Score.ShouldBe(6m);
        await client.EngageAsync("scanner", "email_clicked", agoDays: 88 * Second);
        (await client.LeadAsync(id)).Score.ShouldBe(6m);
        (await client.GetAsync<ScoreExplanation>($"/v1/leads/{id}/score?model=1")).Score.ShouldBe(18m, "another model does not suspect them");
        await ShouldBeCleanAsync(client);
    }

    [Fact]
    public async Task What_a_program_without_messages_asks_for_is_done()
    {
        var client = await api.NewTenantAsync();
        var ids = new List<Guid>();
        for (var i = 0; i < 45; i++) ids.Add(await client.EngageAsync($"left{i}", "webinar_attended"));
        var store = new RetractionStore(api.Database.Documents, api.Database.DataSource, new(api.Database.Documents), new SetClock(api.Now));
        var key = new RetractionKey(client.TenantId, RetractionKind.Retraction, Guid.NewGuid());
        var end = await new LogScan(api.Database.DataSource).FindEndAsync(default);

        await store.AddAsync(Retracting.Stored(key, api.Now) with { LogEnd = end }, named: null, of: null, default);

        var over = await client.OverAsync($"/v1/engagements/retractions/{key.Id}");
        (over.State, over.Engagements, over.LeadsDone).ShouldBe((RetractionState.Done, 45, 45));
        foreach (var id in ids) (await client.LeadAsync(id)).Score.ShouldBe(0m);
    }

    [Fact]
    public async Task A_stretch_of_the_log_is_searched_once_whoever_else_searches()
    {
        var client = await api.NewTenantAsync();
        await client.EngageAsync("twice", "page_viewed");
        var store = new RetractionStore(api.Database.Documents, api.Database.DataSource, new(api.Database.Documents), new SetClock(api.Now));
        var key = new RetractionKey(client.TenantId, RetractionKind.Retraction, Guid.NewGuid());
        await using (var session = api.Database.Documents.LightweightSession(client.TenantId))
        {
            session.Insert(Retracting.Stored(key, api.Now) with { IsWanted = false, LogEnd = 1_000_000 }); // Nobody was asked to go on with it.
            await session.SaveChangesAsync();
        }

        var begun = (await store.FindAsync(key, default))!;

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => store.SearchAsync(begun, 900_000, default)));

        var searched = (await store.FindAsync(key, default))!;
        searched.Engagements.ShouldBeLessThanOrEqualTo(1);
        (await store.LeadsAsync(searched, 10, default)).SelectMany(l => l.Engagements).ShouldBe([new EngagementName("web", "e-1")]);
        await store.FailAsync(key, "given_up", default);
    }

    [Fact]
    public async Task What_it_may_not_be_is_refused()
    {
        var client = await api.NewTenantAsync();
        var producer = await api.ClientAsync(client.TenantId, Scopes.EngagementsWrite);
        await client.EngageAsync("no", "page_viewed");
        var request = Retracting.Request(("web", "e-1"));
        await client.RetractAsync(request);

        (await client.RefusedAsync(HttpMethod.Post, "/v1/engagements/retractions", request with { Reason = "another" })).Code.ShouldBe("retraction_id_reused");
        (await producer.RefusedAsync(HttpMethod.Post, "/v1/engagements/retractions", request)).Code.ShouldBe("missing_scope");
        (await (await api.NewTenantAsync()).RefusedAsync($"/v1/engagements/retractions/{request.RetractionId}")).Code.ShouldBe("retraction_not_found");
        (await client.RefusedAsync($"/v1/engagements/restorations/{request.RetractionId}")).Code.ShouldBe("restoration_not_found");
        (await client.RefusedAsync(HttpMethod.Post, "/v1/engagements/restorations", new RestorationRequest(Guid.NewGuid(), "mia", "x", RetractionId: Guid.NewGuid())))
            .Code.ShouldBe("retraction_not_found");
        var dry = Retracting.Request(("web", "e-1")) with { DryRun = true };
        await client.RetractAsync(dry);
        (await client.RefusedAsync(HttpMethod.Post, "/v1/engagements/restorations", new RestorationRequest(Guid.NewGuid(), "mia", "x", RetractionId: dry.RetractionId)))
            .Code.ShouldBe("retraction_not_done");
        (await Errors(request with { Ids = null })).ShouldBe(["$"]);
        (await Errors(request with { Filter = new(api.Now, api.Now) })).ShouldBe(["$", "$.filter.to"]);
        (await Errors(request with { Ids = null, Filter = new(api.Now, api.Now.AddDays(1), Type: "No Type", Source: "") })).ShouldBe(["$.filter.source", "$.filter.to", "$.filter.type"]);
        (await Errors(request with { Ids = [], Actor = " ", Reason = "", RetractionId = Guid.Empty })).ShouldBe(["$.actor", "$.ids", "$.reason", "$.retractionId"]);
        (await Errors(request with { Ids = [new("", "x\n")] })).ShouldBe(["$.ids[0].id", "$.ids[0].source"]);

        async Task<IEnumerable<string>> Errors(RetractionRequest wrong) =>
            (await client.RefusedAsync(HttpMethod.Post, "/v1/engagements/retractions", wrong)).Errors!.Keys.Order(StringComparer.Ordinal);
    }

    /// <summary>The rows are what the streams tell.</summary>
    private async Task ShouldBeCleanAsync(ApiClient client)
    {
        using var models = new TenantModels(new ModelStreams(api.Database.Documents, api.Database.DataSource), new SetClock(api.Now));
        await models.LookAsync(default);
        var output = new StringWriter();
        var verify = new Verify(api.Database.DataSource, new LeadStreams(api.Database.DataSource, new EventTypes(), models), models);
        await RebuildRuns.RunAsync(verify, new LeadScope(client.TenantId, null), output, default);
        output.ToString().ShouldContain("Differences: 0.");
    }
}
