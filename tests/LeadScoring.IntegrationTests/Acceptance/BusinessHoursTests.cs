using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.IntegrationTests.Leads;

namespace LeadScoring.IntegrationTests.Acceptance;

public sealed class BusinessHoursTests(LeadApi api) : IClassFixture<LeadApi>
{
    private const string Path = "/v1/business-hours";

    private static readonly BusinessHours Mornings = new(
        "Europe/Berlin",
        new Dictionary<string, IReadOnlyList<WorkingInterval>> { ["monday"] = [new("08:00", "12:00")], ["tuesday"] = [new("08:00", "12:00")] },
        ["2026-03-09"],
        DueSoonBeforeMinutes: 60,
        EscalateTo: "sales-lead@example.com");

    [Fact]
    public async Task Until_some_are_put_every_hour_counts()
    {
        var client = await api.NewTenantAsync();
        using var shown = await client.SendAsync(HttpMethod.Get, Path);
        shown.Headers.ETag!.Tag.ShouldBe("\"0\"");

        var hours = (await shown.Content.ReadFromJsonAsync<BusinessHours>()).ShouldNotBeNull();
        (hours.TimeZone, hours.Week.Count).ShouldBe(("UTC", 7));
        var handoff = (await client.LeadAsync(await client.EngageAsync("ann", "demo_requested"))).Handoff.ShouldNotBeNull();
        (handoff.AcceptanceDueSoonAt, handoff.AcceptanceDueAt).ShouldBe((handoff.At.AddHours(18), handoff.At.AddHours(24)));
        handoff.Overdue.ShouldBeFalse();
        handoff.AnsweredAt.ShouldBeNull();
    }

    [Fact]
    public async Task A_handoff_is_due_by_the_hours_that_were_put()
    {
        var client = await api.NewTenantAsync();
        (await PutAsync(client, Mornings)).ShouldBe((HttpStatusCode.OK, "\"1\""));

        // Monday at ten in Berlin: two hours are left of this morning, then four a morning, on two days a week but the holiday.
        var handoff = (await client.LeadAsync(await client.EngageAsync("ann", "demo_requested"))).Handoff.ShouldNotBeNull();

        handoff.At.ShouldBe(LeadApi.Start);
        handoff.AcceptanceDueAt.ShouldBe(new DateTimeOffset(2026, 3, 24, 9, 0, 0, TimeSpan.Zero));
        handoff.AcceptanceDueSoonAt.ShouldBe(handoff.AcceptanceDueAt.AddHours(-1));
    }

    [Fact]
    public async Task Hours_are_shown_as_they_were_put_and_belong_to_one_tenant()
    {
        var (client, other) = (await api.NewTenantAsync(), await api.NewTenantAsync());
        await PutAsync(client, Mornings);

        JsonSerializer.Serialize(await client.GetAsync<BusinessHours>(Path)).ShouldBe(JsonSerializer.Serialize(Mornings));
        (await other.GetAsync<BusinessHours>(Path)).TimeZone.ShouldBe("UTC");
    }

    [Fact]
    public async Task Who_read_another_version_changes_nothing()
    {
        var client = await api.NewTenantAsync();

        (await PutAsync(client, Mornings, "\"3\"")).Status.ShouldBe(HttpStatusCode.PreconditionFailed);
        (await PutAsync(client, Mornings, "\"0\"")).ShouldBe((HttpStatusCode.OK, "\"1\""));
        (await PutAsync(client, Mornings, "\"0\"")).Status.ShouldBe(HttpStatusCode.PreconditionFailed);
        (await PutAsync(client, Mornings, "\"1\"")).ShouldBe((HttpStatusCode.OK, "\"2\""));
        (await PutAsync(client, Mornings)).ShouldBe((HttpStatusCode.OK, "\"3\""));
    }

    [Fact]
    public async Task Reading_leads_is_not_enough_to_put_hours()
    {
        var tenant = (await api.NewTenantAsync()).TenantId;
        var client = await api.ClientAsync(tenant, Scopes.LeadsRead, Scopes.MarketingWrite);

        (await client.GetAsync<BusinessHours>(Path)).TimeZone.ShouldBe("UTC");
        (await client.RefusedAsync(HttpMethod.Put, Path, Mornings)).Status.ShouldBe(403);
    }

    /// <summary>A member as JSON, and the path that is complained of.</summary>
    public static TheoryData<string, string, string> Mistakes => new()
    {
        { "timeZone", "\"Mars/Olympus\"", "$.timeZone" },
        { "timeZone", "\"berlin\"", "$.timeZone" },
        { "week", """{"funday":[{"from":"09:00","to":"17:00"}]}""", "$.week.funday" },
        { "week", """{"monday":[{"from":"9:00","to":"17:00"}]}""", "$.week.monday[0].from" },
        { "week", """{"monday":[{"from":"09:00","to":"24:01"}]}""", "$.week.monday[0].to" },
        { "week", """{"monday":[{"from":"24:00","to":"24:00"}]}""", "$.week.monday[0].from" },
        { "week", """{"monday":[{"from":"17:00","to":"09:00"}]}""", "$.week.monday[0].to" },
        { "week", """{"monday":[{"from":"09:00","to":"12:00"},{"from":"12:00","to":"17:00"}]}""", "$.week.monday[1].from" },
        { "week", """{"monday":[{"from":"09:00","to":"09:59"}]}""", "$.week" },
        { "week", "{}", "$.week" },
        { "week", """{"monday":null}""", "$.week.monday" },
        { "holidays", """["2026-02-30"]""", "$.holidays[0]" },
        { "holidays", """["2026-12-25","2026-12-25"]""", "$.holidays[1]" },
        { "holidays", """["2026-12-25","2036-12-26"]""", "$.holidays" },
        { "dueSoonBeforeMinutes", "0", "$.dueSoonBeforeMinutes" },
        { "dueSoonBeforeMinutes", "10081", "$.dueSoonBeforeMinutes" },
        { "escalateTo", "\"\"", "$.escalateTo" },
        { "escalateTo", "\"a\\nb\"", "$.escalateTo" },
        { "hours", "1", "$.hours" },
    };

    [Theory, MemberData(nameof(Mistakes))]
    public async Task What_cannot_be_is_refused_by_its_path(string member, string json, string path)
    {
        var client = await api.NewTenantAsync();
        var body = new Dictionary<string, JsonElement>
        {
            ["timeZone"] = JsonElement.Parse("\"UTC\""),
            ["week"] = JsonElement.Parse("""{"monday":[{"from":"09:00","to":"17:00"}]}"""),
            [member] = JsonElement.Parse(json),
        };

        var problem = await client.RefusedAsync(HttpMethod.Put, Path, body);

        problem.Status.ShouldBe(400);
        problem.Errors.ShouldNotBeNull().Keys.ShouldBe([path]);
    }

    [Fact]
    public async Task Holidays_that_leave_nobody_for_a_year_are_refused()
    {
        var client = await api.NewTenantAsync();
        var sundays = Enumerable.Range(0, 53).Select(week => new DateOnly(2026, 3, 1).AddDays(7 * week).ToString("yyyy-MM-dd")).ToList();
        var hours = new BusinessHours("UTC", new Dictionary<string, IReadOnlyList<WorkingInterval>> { ["sunday"] = [new("09:00", "17:00")] }, sundays);

        (await client.RefusedAsync(HttpMethod.Put, Path, hours)).Errors!.Keys.ShouldBe(["$.holidays"]);
        (await PutAsync(client, hours with { Holidays = sundays[..50] })).Status.ShouldBe(HttpStatusCode.OK);
    }

    private static async Task<(HttpStatusCode Status, string? ETag)> PutAsync(ApiClient client, BusinessHours hours, string? ifMatch = null)
    {
        using var put = await client.SendAsync(HttpMethod.Put, Path, hours, ifMatch);
        return (put.StatusCode, put.Headers.ETag?.Tag);
    }
}
