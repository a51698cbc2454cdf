using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.IntegrationTests.Setup;
using Xunit.Abstractions;

namespace LeadScoring.IntegrationTests.Faults.Handoffs;

/// <summary>
/// People are handed to sales while everything on the way breaks: instances are killed, the broker is stopped, full and unbound, the
/// database crashes, endpoints hang, fail and go. Whoever lives holds exactly the feed in the end, each lead's events in order.
/// </summary>
/// <remarks>
/// The number of people is <c>LEADSCORING_FAULT_PEOPLE</c>, or what a test run has time for. Everything breaks as often with few
/// as with many.
/// </remarks>
[Collection(FaultCollection.Name)]
public sealed class HandoffsUnderFireTests(FaultCluster cluster, ITestOutputHelper output)
{
    private const int PeopleInATestRun = 4_000;
    private const string Exchange = "leadscoring";
    private static readonly TimeSpan CatchUpMax = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    private static int People => FromEnvironment.Number("LEADSCORING_FAULT_PEOPLE") ?? PeopleInATestRun;

    [Fact]
    public async Task Every_subscriber_that_lives_holds_exactly_the_feed_whatever_breaks()
    {
        await using var node = await RabbitNode.StartAsync();
        await using var broker = new BrokerSubscriber(node, Exchange);
        await broker.StartAsync();
        await using var endpoints = await Endpoints.StartAsync();
        await using var service = await TwoInstances.StartAsync(cluster, output, Settings(node));
        foreach (var endpoint in new[] { "good", "half", "hang", "gone" }) await SubscribeAsync(service, endpoints.Url(endpoint));

        var people = new Qualifications(service.Http, service.Addresses, People);
        var feed = new FeedReading(service.Http, service.Addresses);
        var started = Stopwatch.GetTimestamp();
        using var patience = new CancellationTokenSource();
        var reading = feed.ReadUntilAsync(people.EventsExpected + 1, patience.Token);
        var posting = people.PostAsync();
        await BreakAsync(service, node, broker, people, posting);
        await posting;
        var postedAfter = Stopwatch.GetElapsedTime(started);

        patience.CancelAfter(CatchUpMax);
        await reading;
        Ledger[] living = [feed.Ledger, broker.Ledger, endpoints.Good, endpoints.Half];
        while (living.Any(l => l.Count <= people.EventsExpected)) await Task.Delay(LookEvery, patience.Token);

        output.WriteLine(
            $"{People} people and {feed.Ledger.Count} events: posted in {postedAfter.TotalSeconds:0} s, with everybody after "
            + $"{Stopwatch.GetElapsedTime(started).TotalSeconds:0} s. {endpoints.Hung} calls hung, {endpoints.Asked} were answered 410.");
        foreach (var ledger in living) output.WriteLine($"{ledger.Subscriber}: {ledger.Count} events, {ledger.Repeats} repeats.");
        HoldsTheFeed(feed, living, people);
        await ShouldBeDisabledAsync(service, endpoints);
        await service.VerifyAsync();
    }

    private static (string Name, string Value)[] Settings(RabbitNode node) =>
    [
        ("Writer__AnswerWithinMs", "2000"),
        ("Broker__Host", IPAddress.Loopback.ToString()),
        ("Broker__Port", $"{node.Port}"),
        ("Broker__User", RabbitNode.User),
        ("Broker__Password", RabbitNode.Password),
        ("Broker__Exchange", Exchange),
        ("Broker__ReconnectDelayMsMax", "500"),
        ("Broker__RetryDelayMsMax", "300"),
        ("Webhooks__AllowHttp", "true"),
        ("Webhooks__AllowPrivateNetworks", "true"),
        ("Webhooks__RetryDelaysSeconds", string.Join(',', Enumerable.Repeat("1", 30))),
    ];

    private static async Task SubscribeAsync(TwoInstances service, Uri url)
    {
        var request = new CreateSubscriptionRequest(url.ToString(), StartAt: "beginning");
        using var answer = await service.Http.PostAsJsonAsync(new Uri(service.First.Address, "/v1/subscriptions"), request, JsonSerializerOptions.Web);
        await answer.ReadAsync<CreatedSubscription>(HttpStatusCode.Created);
    }

    /// <summary>Breaks one thing after the other, each when posting has come a certain way.</summary>
    private async Task BreakAsync(
        TwoInstances service, RabbitNode node, BrokerSubscriber broker, Qualifications people, Task posting)
    {
        ServiceProcess[] instances = [service.First, service.Second];
        async Task KillAsync(int instance)
        {
            await instances[instance].KillAsync();
            await instances[instance].StartAgainAsync();
        }

        Func<Task>[] breaks =
        [
            () => KillAsync(0),
            async () =>
            {
                await node.CrashAsync();
                await KillAsync(1);
                await node.StartAgainAsync();
            },
            () => KillAsync(0),
            async () =>
            {
                await node.RaiseDiskAlarmAsync();
                await KillAsync(0);
                await node.ClearDiskAlarmAsync();
            },
            () => KillAsync(1),
            async () =>
            {
                await broker.UnbindAsync();
                await KillAsync(1);
                await broker.BindAsync();
            },
            () => KillAsync(0),
            async () =>
            {
                await node.StopAsync();
                await node.StartAgainAsync();
                await KillAsync(1);
            },
            () => KillAsync(0),
            async () =>
            {
                await cluster.CrashAsync();
                await cluster.StartAgainAsync();
                await KillAsync(1);
            },
        ];
        foreach (var (time, breakAsync) in breaks.Index())
        {
            await Task.WhenAny(posting, people.Acknowledged.ReachedAsync(People * (time + 1) / (breaks.Length + 2)));
            await breakAsync();
        }
    }

    private static void HoldsTheFeed(FeedReading feed, Ledger[] living, Qualifications people)
    {
        // The endpoint that is gone costs one event more: that its subscription was disabled.
        var expected = people.EventsExpected + 1;
        feed.Ledger.Positions.ShouldBe(Enumerable.Range(1, expected).Select(p => (long)p), "positions have no gap");
        feed.ByType[IntegrationEventTypes.LeadMarketingQualified].ShouldBe(People);
        feed.ByType[IntegrationEventTypes.SubscriptionDisabled].ShouldBe(1);
        feed.HandedOff.Count.ShouldBe(People);
        feed.HandedOff.Values.ShouldAllBe(times => times == 1);
        foreach (var ledger in living)
        {
            ledger.Complaints.ShouldBeEmpty();
            ledger.Positions.ShouldBe(feed.Ledger.Positions, ledger.Subscriber);
        }
    }

    private static async Task ShouldBeDisabledAsync(TwoInstances service, Endpoints endpoints)
    {
        var page = await service.Http.GetFromJsonAsync<SubscriptionPage>(new Uri(service.First.Address, "/v1/subscriptions"), JsonSerializerOptions.Web);
        var gone = page!.Subscriptions.Single(s => s.Url == endpoints.Url("gone").ToString());
        (gone.State, gone.DisabledReason).ShouldBe((SubscriptionState.Disabled, SubscriptionDisabledReason.Gone));
    }
}
