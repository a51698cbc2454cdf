using System.Net;
using System.Text;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Http;
using LeadScoring.IntegrationTests.Setup;
using LeadScoring.IntegrationTests.Writing;

namespace LeadScoring.IntegrationTests.Leads;

/// <summary>Reads by id share round trips, and what this instance remembers is never shown without asking.</summary>
public sealed class SharedReadTests(LeadApi api) : IClassFixture<LeadApi>
{
    private const int ReadersOfEach = 20;

    [Fact]
    public async Task Each_of_many_readers_at_once_gets_the_lead_it_asked_for()
    {
        var client = await api.NewTenantAsync();
        var other = await api.NewTenantAsync();
        var people = Enumerable.Range(0, 10).Select(i => $"person-{i}").ToArray();
        var ids = new List<Guid>();
        foreach (var person in people) ids.Add(await client.EngageAsync(person));
        var foreign = await other.EngageAsync("foreign");

        var reads = Enumerable.Range(0, ReadersOfEach).SelectMany(_ => ids).Select(id => client.LeadAsync(id)).ToArray();
        var strangers = Enumerable.Range(0, ReadersOfEach).Select(_ => client.RefusedAsync($"/v1/leads/{foreign}")).ToArray();

        (await Task.WhenAll(reads)).Select(l => (l.LeadId, l.Identities.Emails[0]))
            .ShouldBe(Enumerable.Range(0, ReadersOfEach).SelectMany(_ => ids.Zip(people, (id, person) => (id, $"{person}@example.com"))));
        (await Task.WhenAll(strangers)).ShouldAllBe(p => p.Code == "lead_not_found");
    }

    [Fact]
    public async Task What_another_instance_changed_is_shown_at_once()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("ann");
        var before = await client.LeadAsync(id);
        await using var elsewhere = await WriterHarness.StartAsync(api.Database);
        var posted = WriterHarness.Engagement("elsewhere", email: "ann@example.com", type: "webinar_attended", occurredAt: api.Now);

        (await elsewhere.RecordAsync(posted, client.TenantId)).Refusal.ShouldBeNull();
        var after = await client.LeadAsync(id);
        using var lookUp = await client.SendAsync(HttpMethod.Post, "/v1/leads/lookup", new { email = "ann@example.com" });

        after.Version.ShouldBeGreaterThan(before.Version);
        after.Engagements.Count.ShouldBe(2);
        lookUp.Headers.ETag.ShouldNotBeNull().Tag.ShouldBe($"\"{after.Version}\"");
    }

    [Fact]
    public async Task A_lead_that_is_gone_is_not_shown_from_memory()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("gone");
        await client.LeadAsync(id);

        await api.Database.ExecuteAsync("delete from mt_doc_lead where id = $1", id);

        (await client.RefusedAsync($"/v1/leads/{id}")).Code.ShouldBe("lead_not_found");
        (await client.RefusedAsync(HttpMethod.Post, "/v1/leads/lookup", new { email = "gone@example.com" })).Code.ShouldBe("lead_not_found");
    }

    [Fact]
    public async Task A_name_given_to_another_lead_leads_to_that_one()
    {
        var client = await api.NewTenantAsync();
        await client.EngageAsync("first");
        var second = await client.EngageAsync("second");

        await api.Database.ExecuteAsync(
            "update mt_doc_lead_identity set lead_id = $1, data = jsonb_set(data, '{LeadId}', to_jsonb($1::text)) where tenant_id = $2 and id = 'email:first@example.com'", second, client.TenantId);
        using var lookUp = await client.SendAsync(HttpMethod.Post, "/v1/leads/lookup", new { email = "first@example.com" });

        JsonSerializer.Deserialize(await lookUp.Content.ReadAsStreamAsync(), WireJson.Default.LeadView)!.LeadId.ShouldBe(second);
    }

    [Fact]
    public async Task A_row_that_cannot_be_read_spoils_no_other_read()
    {
        var client = await api.NewTenantAsync();
        var good = await client.EngageAsync("good");
        var bad = await client.EngageAsync("bad");
        await api.Database.ExecuteAsync("update mt_doc_lead set mt_version = mt_version + 1, data = '{}' where id = $1", bad);

        var reads = Enumerable.Range(0, ReadersOfEach)
            .SelectMany(_ => new[] { bad, good })
            .Select(async id =>
            {
                using var response = await client.SendAsync(HttpMethod.Get, $"/v1/leads/{id}");
                return response.StatusCode;
            });

        (await Task.WhenAll(reads)).ShouldBe(
            Enumerable.Range(0, ReadersOfEach).SelectMany(_ => new[] { HttpStatusCode.InternalServerError, HttpStatusCode.OK }));
    }

    [Fact]
    public async Task While_the_database_is_away_every_reader_is_told_so_and_later_ones_are_answered()
    {
        using var gate = new DatabaseGate(api.Database.ConnectionString);
        await using var app = await RunningApp.StartAsync(gate.ConnectionString);
        using var client = await app.ClientAsync("away");
        (await StatusAsync()).ShouldBe(HttpStatusCode.NotFound);

        gate.Shut();
        var away = await Task.WhenAll(Enumerable.Range(0, ReadersOfEach).Select(_ => StatusAsync()));
        gate.Open();
        var back = await StatusAsync();

        // Each connection of before the cut says once that it is broken.
        for (var attempt = 0; attempt < ReadersOfEach && back == HttpStatusCode.ServiceUnavailable; attempt++) back = await StatusAsync();

        away.ShouldAllBe(status => status == HttpStatusCode.ServiceUnavailable);
        back.ShouldBe(HttpStatusCode.NotFound);

        async Task<HttpStatusCode> StatusAsync()
        {
            using var response = await client.GetAsync($"/v1/leads/{Guid.Empty}");
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task An_answer_is_what_the_contract_describes_byte_for_byte_with_its_length()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("zoë", "demo_requested", campaign: "spring <2026> & \"more\"", asset: "paper");
        await client.DoAsync(id, "attributes", new { actor = "ops", attributes = new { seniority = "vp", company_size = 500.25, vip = true, name = "Zoë O'Hara" } });
        await client.DoAsync(id, "accept", new { actor = "rep" });
        await client.DoAsync(id, "opportunity", new { actor = "rep", amount = 1200.50m, currency = "EUR" });
        await ShowsItsContractAsync(client, id);
        await client.DoAsync(id, "opportunity/lost", new { actor = "rep", reason = "other" });
        await ShowsItsContractAsync(client, id);
        await client.EngageAsync("other");
        await ShowsItsContractAsync(client, await client.EngageAsync("plain", "newsletter_archived"));
    }

    private static async Task ShowsItsContractAsync(ApiClient client, Guid id)
    {
        using var response = await client.SendAsync(HttpMethod.Get, $"/v1/leads/{id}");
        var body = await response.Content.ReadAsByteArrayAsync();
        var view = JsonSerializer.Deserialize(body, WireJson.Default.LeadView).ShouldNotBeNull();

        Encoding.UTF8.GetString(body).ShouldBe(JsonSerializer.Serialize(view, WireJson.Default.LeadView));
        view.LeadId.ShouldBe(id);
        response.Content.Headers.ContentLength.ShouldBe(body.Length);
        response.Content.Headers.ContentType.ShouldNotBeNull().ToString().ShouldBe("application/json; charset=utf-8");
    }
}
