using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.ContractTests.Schemas;
using LeadScoring.Domain.Leads;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Subscriptions;
using LeadScoring.IntegrationTests.Engagements;
using LeadScoring.IntegrationTests.Leads;

namespace LeadScoring.IntegrationTests.Feed;

/// <summary>What really comes out, held against the contracts.</summary>
public sealed class PlayedLifecycleTests(LeadApi api) : IClassFixture<LeadApi>
{
    [Fact]
    public async Task Whatever_is_published_keeps_to_its_schema_and_every_type_is_published()
    {
        var client = await api.NewTenantAsync();
        await PlayAsync(client);

        var events = await client.TakeAsync(19);

        events.Select(e => e.Type).Distinct().ShouldBe(IntegrationEventTypes.All, ignoreOrder: true);
        using var page = JsonDocument.Parse(await client.Http.GetStringAsync("/v1/feed?limit=200"));
        var raw = page.RootElement.GetProperty("events").EnumerateArray().ToList();
        raw.Count.ShouldBe(events.Count);
        foreach (var e in raw) EventContracts.Faults(e).ShouldBeEmpty(e.GetRawText());
    }

    [Fact]
    public async Task An_answer_tells_how_fast_it_was_and_whether_it_was_late()
    {
        var client = await api.NewTenantAsync();
        var handedOffAt = api.Now;
        var (fast, late) = (await client.EngageAsync("fast", "demo_requested"), await client.EngageAsync("late", "demo_requested"));
        api.Now = handedOffAt.AddMinutes(42);
        await client.DoAsync(fast, "accept", new { actor = "sam" });
        api.Now = handedOffAt.AddHours(25);
        await client.DoAsync(late, "accept", new { actor = "sam", owner = "eve", note = "At last." });

        var answers = (await client.TakeAsync(2, filter: $"&types={IntegrationEventTypes.LeadSalesAccepted}"))
            .Select(e => e.DataAs<LeadSalesAcceptedV1>()).ToList();

        (answers[0].SpeedToLeadSeconds, answers[0].Overdue, answers[0].HandedOffAt).ShouldBe((42 * 60, false, handedOffAt));
        (answers[1].SpeedToLeadSeconds, answers[1].Overdue, answers[1].Owner, answers[1].Note).ShouldBe((25 * 3600, true, "eve", "At last."));
    }

    private async Task PlayAsync(ApiClient client)
    {
        var customer = Guid.Empty;
        for (var i = 0; i < 4; i++) customer = await client.EngageAsync("customer", "webinar_attended", campaign: "spring", asset: "deck.pdf");
        await client.DoAsync(customer, "attributes", new { actor = "crm", attributes = new { name = "Ann <Lee> Ünï 😀", company_size = 250, newsletter = true } });
        await client.DoAsync(customer, "qualify", new { actor = "mia", note = "line\nbreak" });
        await client.DoAsync(customer, "accept", new { actor = "sam" });
        await client.DoAsync(customer, "opportunity", new { actor = "sam", amount = 100.25, currency = "EUR" });
        await client.DoAsync(customer, "opportunity/won", new { actor = "sam" });

        var lost = await client.EngageAsync("lost", "demo_requested");
        await AppendAsync(
            client, lost,
            new AcceptanceDueSoon(1, api.Now.AddHours(24), "boss@example.com", api.Now),
            new AcceptanceOverdue(1, api.Now.AddHours(24), null, api.Now));
        await client.DoAsync(lost, "accept", new { actor = "sam" });
        await client.RetractAsync(("web", "e-5"));
        await client.DoAsync(lost, "opportunity", new { actor = "sam" });
        await client.DoAsync(lost, "opportunity/lost", new { actor = "sam", reason = "price" });

        var rejected = await client.EngageAsync("rejected", "demo_requested");
        await client.DoAsync(rejected, "reject", new { actor = "sam", reason = "competitor", outcome = "disqualify" });
        await client.DoAsync(rejected, "reinstate", new { actor = "mia" });
        var step = new NurtureStep(1, 3, "email", api.Now);
        await AppendAsync(client, rejected, new NurtureStepDue(2, step, "analytics", api.Now, step with { Step = 2, Day = 4, Channel = "call" }, api.Now));

        var subscription = Guid.NewGuid();
        await AppendAsync(client.TenantId, subscription, new SubscriptionDisabled(subscription, SubscriptionDisabledReason.Gone, api.Now));
    }

    private async Task AppendAsync(ApiClient client, Guid lead, params LeadEvent[] events)
    {
        foreach (var e in events) await AppendAsync(client.TenantId, lead, e);
    }

    private async Task AppendAsync(string tenantId, Guid stream, object fact)
    {
        await using var session = api.Database.Documents.LightweightSession(tenantId);
        session.Events.Append(stream, fact).Events[0].Timestamp = api.Now;
        await session.SaveChangesAsync();
    }
}
