using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Acceptance;
using LeadScoring.Host.Nurture;
using LeadScoring.IntegrationTests.Leads;

namespace LeadScoring.IntegrationTests.Timers;

/// <summary>From a handoff or a conversion to what subscribers get when its time has come.</summary>
public sealed class PublishedRemindersTests(LeadApi api) : IClassFixture<LeadApi>
{
    [Fact]
    public async Task A_breach_reaches_the_feed_with_whom_to_tell_and_the_lead_shows_how_late_sales_answered()
    {
        var client = await api.NewTenantAsync();
        using (await client.SendAsync(HttpMethod.Put, "/v1/business-hours", BusinessHoursRules.AroundTheClock with { EscalateTo = "sales-lead@example.com" }))
        {
        }

        var handedOffAt = api.Now;
        var lead = await client.EngageAsync("ann", "demo_requested");
        api.Now = handedOffAt.AddHours(18);
        var dueSoon = await PublishedAsync(client, IntegrationEventTypes.LeadAcceptanceDueSoon);
        api.Now = handedOffAt.AddHours(24.5);
        var overdue = await PublishedAsync(client, IntegrationEventTypes.LeadAcceptanceOverdue);

        foreach (var data in new[] { dueSoon, overdue })
        {
            data.Lead.LeadId.ShouldBe(lead);
            (data.EscalateTo, data.HandedOffAt, data.AcceptanceDueAt).ShouldBe(("sales-lead@example.com", handedOffAt, handedOffAt.AddHours(24)));
        }

        (await client.LeadAsync(lead)).Handoff!.Overdue.ShouldBeTrue();
        await client.DoAsync(lead, "accept", new AcceptRequest("sam"));
        var handoff = (await client.LeadAsync(lead)).Handoff.ShouldNotBeNull();
        (handoff.AnsweredAt, handoff.SpeedToLeadSeconds, handoff.Overdue).ShouldBe((api.Now, 24.5 * 3_600, true));
    }

    [Fact]
    public async Task A_step_reaches_the_feed_with_its_channel_and_product()
    {
        var client = await api.NewTenantAsync();
        using (await client.SendAsync(HttpMethod.Put, "/v1/nurture-cadence", NurtureCadenceRules.Proposal with { Enabled = true }))
        {
        }

        var startedAt = api.Now;
        var lead = await client.EngageAsync("ann", "webinar_attended");
        api.Now = startedAt.AddDays(3);

        var step = (await PublishedAsync(client, IntegrationEventTypes.NurtureStepDue, data => data.Deserialize<NurtureStepDueV1>(JsonSerializerOptions.Web)))!;

        step.Lead.LeadId.ShouldBe(lead);
        (step.Step, step.Day, step.Channel, step.StartedAt, step.NextStepAt).ShouldBe((1, 3, "email", startedAt, startedAt.AddDays(4)));
    }

    private static Task<LeadAcceptanceV1> PublishedAsync(ApiClient client, string type) =>
        PublishedAsync(client, type, data => data.Deserialize<LeadAcceptanceV1>(JsonSerializerOptions.Web)!);

    private static async Task<T> PublishedAsync<T>(ApiClient client, string type, Func<JsonElement, T> read)
    {
        var after = 0L;
        while (true)
        {
            var page = await client.GetAsync<FeedPageView>($"/v1/feed?after={after}&types={type}&wait=20");
            if (page.Events.Count > 0) return read(page.Events[0].Data);
            page.NextAfter.ShouldBeGreaterThan(after, $"nothing was published in time: {type}");
            after = page.NextAfter;
        }
    }
}
