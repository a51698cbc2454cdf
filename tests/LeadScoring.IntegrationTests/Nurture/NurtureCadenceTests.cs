using System.Net;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.IntegrationTests.Leads;

namespace LeadScoring.IntegrationTests.Nurture;

public sealed class NurtureCadenceTests(LeadApi api) : IClassFixture<LeadApi>
{
    private const string Path = "/v1/nurture-cadence";

    private static readonly NurtureCadence Ours = new(
        Enabled: true, [new(3, "email"), new(4, "call")], ["webinar_attended"], ["unsubscribed"], ["subscribed"]);

    [Fact]
    public async Task Until_one_is_put_a_proposal_is_shown_and_nobody_is_nurtured()
    {
        var client = await api.NewTenantAsync();
        using var shown = await client.SendAsync(HttpMethod.Get, Path);
        shown.Headers.ETag!.Tag.ShouldBe("\"0\"");

        var proposal = await client.GetAsync<NurtureCadence>(Path);
        proposal.Enabled.ShouldBeFalse();
        proposal.Steps.Select(s => s.Day).ShouldBe([3, 4, 10, 17, 21, 24, 28, 35, 38]);
        (await client.LeadAsync(await client.EngageAsync("ann", "webinar_attended"))).Nurture.ShouldBeNull();
        (await PutAsync(client, proposal with { Enabled = true })).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_lead_shows_its_next_step_and_gets_it_when_it_is_due()
    {
        var client = await api.NewTenantAsync();
        await PutAsync(client, Ours);
        var start = api.Now;
        var lead = await client.EngageAsync("ann", "webinar_attended");
        (await client.LeadAsync(lead)).Nurture.ShouldBe(new LeadNurture(start, null, new(1, 3, "email", start.AddDays(3))));

        api.Now = start.AddDays(3);
        await api.Database.UntilAsync("select count(*) = 1 from mt_events where stream_id = $1 and type = 'nurture_step_due'", lead);

        (await client.LeadAsync(lead)).Nurture.ShouldBe(new LeadNurture(start, null, new(2, 4, "call", start.AddDays(4))));
        (await client.GetAsync<LeadTimeline>($"/v1/leads/{lead}/timeline")).Entries[0].Summary.ShouldBe("Step 1 of the nurture cadence is due: email.");
        await client.EngageAsync("ann", "unsubscribed");
        (await client.LeadAsync(lead)).Nurture.ShouldBe(new LeadNurture(start, null, null));
        (await api.Database.ScalarAsync<long>("select count(*) from mt_doc_lead where id = $1 and timer_due_at is null", lead)).ShouldBe(1);
    }

    [Fact]
    public async Task A_cadence_belongs_to_one_tenant()
    {
        var (client, other) = (await api.NewTenantAsync(), await api.NewTenantAsync());
        await PutAsync(client, Ours);

        JsonSerializer.Serialize(await client.GetAsync<NurtureCadence>(Path)).ShouldBe(JsonSerializer.Serialize(Ours));
        (await other.GetAsync<NurtureCadence>(Path)).Enabled.ShouldBeFalse();
        (await other.LeadAsync(await other.EngageAsync("ann", "webinar_attended"))).Nurture.ShouldBeNull();
        (await (await api.ClientAsync(other.TenantId, Scopes.SalesWrite)).RefusedAsync(HttpMethod.Put, Path, Ours)).Status.ShouldBe(403);
    }

    /// <summary>A member as JSON, and the path that is complained of.</summary>
    public static TheoryData<string, string, string> Mistakes => new()
    {
        { "steps", "[]", "$.steps" },
        { "steps", """[{"day":0,"channel":"email"}]""", "$.steps[0].day" },
        { "steps", """[{"day":731,"channel":"email"}]""", "$.steps[0].day" },
        { "steps", """[{"day":3,"channel":"email"},{"day":3,"channel":"call"}]""", "$.steps[1].day" },
        { "steps", """[{"day":3,"channel":"E-Mail"}]""", "$.steps[0].channel" },
        { "entryTypes", "[]", "$.entryTypes" },
        { "entryTypes", """["Form"]""", "$.entryTypes[0]" },
        { "entryTypes", """["form","form"]""", "$.entryTypes[1]" },
        { "resubscribeTypes", """["unsubscribed"]""", "$.resubscribeTypes" },
        { "enabled", "1", "$.enabled" },
    };

    [Theory, MemberData(nameof(Mistakes))]
    public async Task What_cannot_be_is_refused_by_its_path(string member, string json, string path)
    {
        var client = await api.NewTenantAsync();
        var body = new Dictionary<string, JsonElement>
        {
            ["enabled"] = JsonElement.Parse("true"),
            ["steps"] = JsonElement.Parse("""[{"day":3,"channel":"email"}]"""),
            ["entryTypes"] = JsonElement.Parse("""["form"]"""),
            ["unsubscribeTypes"] = JsonElement.Parse("""["unsubscribed"]"""),
            ["resubscribeTypes"] = JsonElement.Parse("[]"),
            [member] = JsonElement.Parse(json),
        };

        var problem = await client.RefusedAsync(HttpMethod.Put, Path, body);

        problem.Status.ShouldBe(400);
        problem.Errors.ShouldNotBeNull().Keys.ShouldBe([path]);
    }

    private static async Task<HttpStatusCode> PutAsync(ApiClient client, NurtureCadence cadence)
    {
        using var put = await client.SendAsync(HttpMethod.Put, Path, cadence);
        return put.StatusCode;
    }
}
