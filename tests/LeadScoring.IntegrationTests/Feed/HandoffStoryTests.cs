using LeadScoring.Contracts;
using LeadScoring.Domain;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Host.Feed;
using LeadScoring.IntegrationTests.Setup;
using LeadScoring.IntegrationTests.Writing;
using static LeadScoring.IntegrationTests.Writing.WriterHarness;

namespace LeadScoring.IntegrationTests.Feed;

/// <summary>A handoff tells what the lead was when it was handed off, whenever it is published.</summary>
public sealed class HandoffStoryTests : IAsyncLifetime
{
    private readonly MigratedDatabase _database = new();

    public Task InitializeAsync() => _database.InitializeAsync();

    public Task DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task What_became_of_the_lead_later_is_not_in_the_story()
    {
        var now = DateTimeOffset.UtcNow;
        Guid id;
        await using (var service = await WriterHarness.StartAsync(_database))
        {
            id = (await service.RecordAsync(Engagement("v-1", anonymousId: "cookie", occurredAt: now.AddDays(-9)))).Lead!.Lead.Id;
            await service.RecordAsync(Engagement("v-2", anonymousId: "cookie", email: "eve@example.com", occurredAt: now.AddDays(-10)));
            for (var i = 0; i < 25; i++) await service.RecordAsync(Engagement($"open-{i}", email: "eve@example.com", type: "email_opened", source: "mailer", occurredAt: now.AddHours(-100 + i)));
            await service.SubmitAsync(id, new ChangeAttributes(new Dictionary<string, Scalar?> { ["name"] = Scalar.Of("Eve"), ["company_size"] = Scalar.Of(250), ["vip"] = Scalar.Of(true) }, "crm"));
            await service.RecordAsync(Engagement("demo", email: "eve@example.com", type: "demo_requested", occurredAt: now.AddMinutes(-1)));

            // All of this after the handoff.
            await service.RecordAsync(Engagement("v-3", email: "eve@example.com", externalId: "crm-7", type: "pricing_page_viewed", occurredAt: now.AddDays(-20)));
            await service.SubmitAsync(id, new ChangeAttributes(new Dictionary<string, Scalar?> { ["name"] = Scalar.Of("Evelyn"), ["vip"] = null, ["company"] = Scalar.Of("Ng Ltd") }, "crm"));
            await service.SubmitAsync(id, new AcceptLead("sam"));
        }

        await using var publisher = new Publisher(_database, "late", FeedOptions.Default with { PublicUrl = "https://leads.example.com" });
        await publisher.StartAsync();
        await _database.UntilPublishedAsync();

        var feed = await _database.FeedAsync();
        var story = feed[0].CloudEvent().DataAs<LeadMarketingQualifiedV1>();
        story.Lead.ShouldBe(new(id, null, "eve@example.com", "cookie", "Eve", null, $"https://leads.example.com/v1/leads/{id}"));
        (story.Cycle, story.Reason, story.Actor).ShouldBe((1, Contracts.QualificationReason.FastTrack, null));
        story.Identities.ExternalIds.ShouldBeEmpty();
        story.Attributes.ToDictionary(a => a.Key, a => a.Value.ToString()).ShouldBe(
            new Dictionary<string, string> { ["company_size"] = "250", ["name"] = "Eve", ["vip"] = "True" }, ignoreOrder: true);
        story.Engagements.Count.ShouldBe(28);
        story.Engagements.CountByType.ShouldBe(new Dictionary<string, int> { ["page_viewed"] = 2, ["email_opened"] = 25, ["demo_requested"] = 1 }, ignoreOrder: true);
        story.Engagements.Latest.Count.ShouldBe(20);
        story.Engagements.Latest[0].ShouldBe(story.Engagements.LastTouch);
        story.Engagements.LastTouch.ShouldNotBeNull().Type.ShouldBe("demo_requested");
        story.Engagements.FirstTouch.ShouldNotBeNull().OccurredAt.ShouldBe(story.Engagements.FirstAt.ShouldNotBeNull());
        story.Engagements.Latest.Select(e => e.OccurredAt).ShouldBeInOrder(SortDirection.Descending);
        story.Judgement.Contributions[0].ShouldSatisfyAllConditions(
            c => c.Rule.ShouldBe("demo_requested"), c => c.Engagements.ShouldBe(1), c => c.Reason.ShouldStartWith("Demo requested, once: +60"));
        (story.AcceptanceDueAt - story.At).ShouldBe(TimeSpan.FromHours(24));

        // The answer tells what was known then.
        feed[1].CloudEvent().DataAs<LeadSalesAcceptedV1>().Lead.ShouldSatisfyAllConditions(
            l => l.ExternalId.ShouldBe("crm-7"), l => l.Name.ShouldBe("Evelyn"), l => l.Company.ShouldBe("Ng Ltd"));
    }
}
