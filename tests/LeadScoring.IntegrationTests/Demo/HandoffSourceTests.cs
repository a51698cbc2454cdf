using System.Net.Http.Json;
using LeadScoring.Contracts;
using LeadScoring.IntegrationTests.Feed;
using LeadScoring.IntegrationTests.Setup;
using LeadScoring.IntegrationTests.Webhooks;
using SampleCrm;

namespace LeadScoring.IntegrationTests.Demo;

/// <summary>From a decision in the service to sales' desk, and back.</summary>
public sealed class HandoffSourceTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    [Fact]
    public async Task By_webhook_the_desk_has_everything_also_what_was_decided_while_nobody_was_there()
    {
        await using var app = await RunningApp.ListenAsync(database.ConnectionString, WebhookApi.Local);
        var key = (await app.MakeKeyAsync("by-webhook")).Key;
        using var http = app.Client(key);
        var ann = await http.HandOffAsync("ann");
        await http.TakeAsync(1);
        Guid bob;
        await using (var office = await RunningOffice.StartAsync(app.Url, key, new(Port: 0, HandoffsFrom.Webhook)))
        {
            await office.UntilAsync("subscribed");
            await office.UntilAsync(ann, Stage.MarketingQualified);
            bob = await http.HandOffAsync("bob");
            await office.UntilAsync(bob, Stage.MarketingQualified);
            await http.AnswerAsync(bob, "accept", new AcceptRequest("sam"));
            await office.UntilAsync(bob, Stage.SalesAccepted);
            office.Reception.Taken.ShouldBe(3);
            office.Reception.Refused.ShouldBe(0);
        }

        var resting = (await SubscriptionsAsync(http)).ShouldHaveSingleItem();
        (resting.State, resting.DisabledReason).ShouldBe((SubscriptionState.Disabled, SubscriptionDisabledReason.ByRequest));
        var eve = await http.HandOffAsync("eve");
        await http.AnswerAsync(ann, "accept", new AcceptRequest("sam"));
        await http.TakeAsync(6);

        // Another port: the subscription is found again by its name, moved, and signs with a secret this run knows.
        await using (var office = await RunningOffice.StartAsync(app.Url, key, new(Port: 0, HandoffsFrom.Webhook)))
        {
            await office.UntilAsync("subscribed");
            (await office.OnDeskAsync()).Select(lead => (lead.Id, lead.Stage)).ShouldBe(
                [(ann, Stage.SalesAccepted), (bob, Stage.SalesAccepted), (eve, Stage.MarketingQualified)], ignoreOrder: true);
            await http.AnswerAsync(eve, "disqualify", new DisqualifyRequest("sam", DisqualificationReason.NoBudget));
            await office.UntilAsync(eve, stage: null);
            (await SubscriptionsAsync(http)).ShouldHaveSingleItem().Id.ShouldBe(resting.Id);
        }
    }

    [Fact]
    public async Task By_the_feed_the_desk_follows_and_sees_its_own_tenant_only()
    {
        await using var app = await RunningApp.ListenAsync(database.ConnectionString);
        var key = (await app.MakeKeyAsync("by-feed")).Key;
        using var http = app.Client(key);
        using var others = await app.ClientAsync("another");
        await others.HandOffAsync("zoe");
        var ann = await http.HandOffAsync("ann");

        await using var office = await RunningOffice.StartAsync(app.Url, key, new(Port: 0, HandoffsFrom.Feed));
        await office.UntilAsync(ann, Stage.MarketingQualified);
        await http.AnswerAsync(ann, "accept", new AcceptRequest("sam"));
        await office.UntilAsync(ann, Stage.SalesAccepted);
        await http.AnswerAsync(ann, "opportunity", new OpportunityRequest("sam", 12_500, "EUR"));
        await office.UntilAsync(ann, Stage.SalesQualified);

        (await office.OnDeskAsync()).ShouldHaveSingleItem().Amount.ShouldBe(12_500);
        office.Reception.Repeats.ShouldBe(0);
    }

    private static async Task<IReadOnlyList<SubscriptionView>> SubscriptionsAsync(HttpClient http) =>
        (await http.GetFromJsonAsync<SubscriptionPage>("/v1/subscriptions"))!.Subscriptions;
}
