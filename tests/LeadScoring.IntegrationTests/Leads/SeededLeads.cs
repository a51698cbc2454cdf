using LeadScoring.Domain;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.IntegrationTests.Writing;
using static LeadScoring.IntegrationTests.Writing.WriterHarness;
using RecycleReason = LeadScoring.Domain.Qualification.RecycleReason;

namespace LeadScoring.IntegrationTests.Leads;

/// <summary>Leads that went through the writer and differ in everything a row holds.</summary>
internal static class SeededLeads
{
    public static async Task<Guid> SimpleAsync(WriterHarness service, string tenant, string person = "ann")
    {
        var recorded = await service.RecordAsync(
            Engagement($"{person}-1", email: $"{person}@example.com", type: "webinar_attended", occurredAt: DateTimeOffset.UtcNow.AddDays(-2)), tenant);
        return recorded.Lead!.Lead.Id;
    }

    /// <summary>Two cycles, frequency caps displaced by late arrivals, an owner, attributes, three identities.</summary>
    public static async Task<Guid> EventfulAsync(WriterHarness service, string tenant)
    {
        var now = DateTimeOffset.UtcNow;
        var day = new DateTimeOffset(now.Date.AddDays(-3), TimeSpan.Zero);
        var id = (await service.RecordAsync(Engagement("v-1", anonymousId: "cookie", occurredAt: now.AddDays(-40)), tenant)).Lead!.Lead.Id;
        await service.RecordAsync(Engagement("v-2", anonymousId: "cookie", email: "eve@example.com", externalId: "crm-7", occurredAt: now.AddDays(-39)), tenant);
        foreach (var minutes in (double[])[300, 100, 200, 250, 50, 400])
        {
            await service.RecordAsync(
                Engagement($"open-{minutes}", email: "eve@example.com", type: "email_opened", source: "mailer", occurredAt: day.AddMinutes(minutes)), tenant);
        }

        await service.SubmitAsync(id, new ChangeAttributes(new Dictionary<string, Scalar?> { ["seniority"] = Scalar.Of("vp"), ["name"] = Scalar.Of("Evelyn Ng") }, "ops"), tenant: tenant);
        await service.RecordAsync(Engagement("demo", email: "eve@example.com", type: "demo_requested", occurredAt: now.AddHours(-1)), tenant);
        await service.SubmitAsync(id, new AcceptLead("rep", "rep-2"), tenant: tenant);
        await service.SubmitAsync(id, new RecycleLead("rep", RecycleReason.NotReady), tenant: tenant);
        await service.RecordAsync(Engagement("late", externalId: "crm-7", type: "content_downloaded", occurredAt: now.AddDays(-60)), tenant);
        return id;
    }
}
