using System.Diagnostics;
using System.Net;
using LeadScoring.Contracts;
using LeadScoring.Host.Broker;
using LeadScoring.Host.Operations;
using LeadScoring.IntegrationTests.Setup;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;
using Xunit.Abstractions;

namespace LeadScoring.IntegrationTests.Broker;

[Collection(nameof(TestBroker))]
public sealed class BrokerRelayTests(TestBroker broker, ITestOutputHelper output) : IAsyncLifetime
{
    private readonly MigratedDatabase _database = new();
    private readonly string _exchange = $"exchange-{Guid.NewGuid():n}";

    [Fact]
    public async Task Everything_published_arrives_with_the_feeds_own_bytes_and_each_lead_in_order()
    {
        await PublishedFeed.AddAsync(_database, events: 2_000);
        var queue = await NewQueueAsync();

        await using (await StartAsync()) await queue.ShouldBecomeTheFeedAsync(_database, output);

        queue.Received.Count.ShouldBe(2_000, "nothing went wrong, so nothing was sent twice");
        var message = queue.Received.First();
        message.Properties.ContentType.ShouldBe("application/cloudevents+json");
        message.Properties.DeliveryMode.ShouldBe(DeliveryModes.Persistent);
        message.Properties.Timestamp.UnixTime.ShouldBeInRange(DateTimeOffset.UtcNow.AddHours(-1).ToUnixTimeSeconds(), DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        message.Properties.Headers.ShouldNotBeNull().Keys.ShouldBe(["x-dotnet-pub-seq-no"], "the client library's own, to know a confirm by; nothing of Wolverine's");
        (await CheckpointAsync()).ShouldBe(2_000, "stored when the service stopped");
    }

    [Fact]
    public async Task A_handoff_leaves_from_the_request_that_caused_it()
    {
        var queue = await NewQueueAsync();
        await using var app = await StartAsync();
        using var client = await app.ClientAsync();

        using var answer = await client.PostTextAsync(
            "/v1/engagements",
            $$"""{ "id": "d-1", "source": "website", "type": "demo_requested", "occurredAt": "{{DateTimeOffset.UtcNow:O}}", "lead": { "email": "ann@example.com" } }""");
        answer.EnsureSuccessStatusCode();

        await queue.TakeUntilAsync(count => count >= 1);
        await queue.ShouldBecomeTheFeedAsync(_database);
        queue.Received.Select(m => m.RoutingKey).ShouldContain(IntegrationEventTypes.LeadMarketingQualified);
    }

    [Fact]
    public async Task What_is_published_while_the_service_runs_follows_and_a_restart_repeats_nothing()
    {
        var queue = await NewQueueAsync();
        await using (await StartAsync())
        {
            await PublishedFeed.AddAsync(_database, events: 10);
            await queue.ShouldBecomeTheFeedAsync(_database);
            await PublishedFeed.AddAsync(_database, events: 10);
            await queue.ShouldBecomeTheFeedAsync(_database);
        }

        await using (await StartAsync())
        {
            await PublishedFeed.AddAsync(_database, events: 10);
            await queue.ShouldBecomeTheFeedAsync(_database);
        }

        queue.Received.Count.ShouldBe(30);
    }

    [Fact]
    public async Task The_first_relay_of_a_database_may_begin_with_what_follows()
    {
        await PublishedFeed.AddAsync(_database, events: 50);
        var queue = await NewQueueAsync();
        await using (var app = await StartAsync(("Broker:StartAt", "now")))
        {
            await UntilAsync(app, BrokerState.Running);
            await PublishedFeed.AddAsync(_database, events: 5);
            await queue.TakeUntilAsync(count => count >= 5);
        }

        // A beginning that is chosen later changes nothing: the first start has decided.
        await using (await StartAsync())
        {
            await PublishedFeed.AddAsync(_database, events: 5);
            await queue.TakeUntilAsync(count => count >= 10);
        }

        var feed = await PublishedFeed.ReadAsync(_database);
        queue.Received.Select(m => m.Id).ShouldBe(feed.Skip(50).Select(e => e.Id), ignoreOrder: true);
    }

    [Fact]
    public async Task A_configured_queue_is_declared_and_gets_everything()
    {
        await PublishedFeed.AddAsync(_database, events: 20);
        var name = $"inbox-{Guid.NewGuid():n}";

        await using var app = await StartAsync(("Broker:Queue", name));

        await using var connection = await broker.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync();
        await UntilAsync(app, BrokerState.Running);
        await EventuallyAsync(async () => (await channel.MessageCountAsync(name)) == 20);
    }

    [Fact]
    public async Task While_no_queue_is_bound_everything_waits_and_the_first_consumer_gets_it()
    {
        await PublishedFeed.AddAsync(_database, events: 1_000);
        var queue = new EventQueue(broker, _exchange);
        await queue.MakeAsync(pattern: null);
        await using var app = await StartAsync();
        var status = await UntilAsync(app, BrokerState.Unroutable);
        status.LastError.ShouldNotBeNull().ShouldContain(_exchange);
        (status.Position, status.Behind).ShouldBe((0, 500));

        await queue.BindAsync();

        await queue.ShouldBecomeTheFeedAsync(_database, output);
        await UntilAsync(app, BrokerState.Running);
        await EventuallyAsync(async () => (await StatusAsync(app)) is { Position: 500, Behind: 0 });
    }

    [Fact]
    public async Task A_binding_that_is_deleted_and_restored_costs_nothing_and_keeps_the_order()
    {
        var queue = await NewQueueAsync();
        await using var app = await StartAsync();
        await PublishedFeed.AddAsync(_database, events: 500);
        await queue.TakeUntilAsync(count => count >= 100);
        await queue.UnbindAsync();
        await PublishedFeed.AddAsync(_database, events: 500);
        await UntilAsync(app, BrokerState.Unroutable);
        await queue.BindAsync();
        await PublishedFeed.AddAsync(_database, events: 500);

        await queue.ShouldBecomeTheFeedAsync(_database, output);

        await UntilAsync(app, BrokerState.Running);
    }

    [Fact]
    public async Task A_type_without_a_queue_holds_up_its_own_leads_only()
    {
        // Lead by lead one type: the types take turns as the leads do.
        await PublishedFeed.AddAsync(_database, events: 300, leads: 3);
        var feed = await PublishedFeed.ReadAsync(_database);
        var bound = PublishedFeed.Types[0];
        var queue = await NewQueueAsync(bound);
        await using var app = await StartAsync();

        await queue.TakeUntilAsync(count => count >= feed.Count(e => e.Type == bound));

        (await UntilAsync(app, BrokerState.Unroutable)).Position.ShouldBeLessThan(5);
        await queue.BindAsync();
        await queue.ShouldBecomeTheFeedAsync(_database, output);
    }

    [Fact]
    public async Task Types_that_are_left_out_of_the_settings_hold_nothing_up()
    {
        await PublishedFeed.AddAsync(_database, events: 300, leads: 20);
        var feed = await PublishedFeed.ReadAsync(_database);
        var wanted = PublishedFeed.Types.Take(2).ToList();
        var queue = await NewQueueAsync(wanted[0]);
        await queue.BindAsync(wanted[1]);
        await using var app = await StartAsync(("Broker:EventTypes", string.Join(',', wanted)));

        await queue.TakeUntilAsync(count => count >= feed.Count(e => wanted.Contains(e.Type)));

        queue.ShouldBeInOrder([.. feed.Where(e => wanted.Contains(e.Type))]);
        await EventuallyAsync(async () => (await StatusAsync(app)) is { State: BrokerState.Running, Behind: 0 });
    }

    [Fact]
    public async Task A_broker_that_is_killed_and_started_again_gets_everything()
    {
        var queue = await NewQueueAsync();
        await using var app = await StartAsync();
        await PublishedFeed.AddAsync(_database, events: 3_000, leads: 100);
        await queue.TakeUntilAsync(count => count >= 300);

        await broker.Node.CrashAsync();
        await PublishedFeed.AddAsync(_database, events: 1_000, leads: 100);
        (await UntilAsync(app, BrokerState.Away)).LastError.ShouldNotBeNull().ShouldNotContain(RabbitNode.Password);
        await ShouldStayReadyAsync(app, isBrokerOk: false);
        await broker.Node.StartAgainAsync();

        await queue.ShouldBecomeTheFeedAsync(_database, output);
        await UntilAsync(app, BrokerState.Running);
        await ShouldStayReadyAsync(app, isBrokerOk: true);
    }

    [Fact]
    public async Task A_database_that_is_away_for_a_while_costs_nothing_and_keeps_the_order()
    {
        using var gate = new DatabaseGate(_database.ConnectionString);
        var queue = await NewQueueAsync();
        await using var app = await RunningApp.StartAsync(gate.ConnectionString, broker.Settings(_exchange));
        for (var round = 1; round <= 3; round++)
        {
            await PublishedFeed.AddAsync(_database, events: 2_000, leads: 100);
            var taken = queue.Received.DistinctBy(m => m.Id).Count();
            await queue.TakeUntilAsync(count => count >= taken + 100);
            gate.Shut();
            await PublishedFeed.AddAsync(_database, events: 100, leads: 100);
            gate.Open();
        }

        await queue.ShouldBecomeTheFeedAsync(_database, output);
        await UntilAsync(app, BrokerState.Running);
    }

    [Fact]
    public async Task A_broker_with_a_full_disk_blocks_until_there_is_room()
    {
        var queue = await NewQueueAsync();
        await using var app = await StartAsync(("Broker:ConfirmWaitMsMax", "2000"));
        await PublishedFeed.AddAsync(_database, events: 100);
        await queue.ShouldBecomeTheFeedAsync(_database);
        await broker.Node.RaiseDiskAlarmAsync();
        try
        {
            await PublishedFeed.AddAsync(_database, events: 1_000);
            await UntilAsync(app, BrokerState.Blocked);
        }
        finally
        {
            await broker.Node.ClearDiskAlarmAsync();
        }

        await queue.ShouldBecomeTheFeedAsync(_database, output);
        await UntilAsync(app, BrokerState.Running);
    }

    [Fact]
    public async Task Connections_closed_by_the_broker_are_made_again()
    {
        var queue = await NewQueueAsync();
        await using var app = await StartAsync();
        for (var round = 0; round < 3; round++)
        {
            await PublishedFeed.AddAsync(_database, events: 1_000, leads: 50);
            await broker.Node.CloseConnectionsAsync();
        }

        await queue.ShouldBecomeTheFeedAsync(_database, output);
        await UntilAsync(app, BrokerState.Running);
    }

    [Fact]
    public async Task A_queue_that_refuses_more_is_tried_again_until_it_takes_them()
    {
        await using var connection = await broker.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync();
        var queue = new EventQueue(broker, _exchange);
        await RabbitNode.DeclareExchangeAsync(channel, _exchange);
        await channel.QueueDeclareAsync(
            queue.Name, durable: true, exclusive: false, autoDelete: false, arguments: new Dictionary<string, object?> { ["x-max-length"] = 10, ["x-overflow"] = "reject-publish" });
        await channel.QueueBindAsync(queue.Name, _exchange, "#");
        await PublishedFeed.AddAsync(_database, events: 200);
        await using var app = await StartAsync();

        // The broker's nack does not say whether a queue is full or none is bound; the sentence says both.
        (await UntilAsync(app, BrokerState.Unroutable)).LastError.ShouldNotBeNull().ShouldContain("it is full");

        await queue.ShouldBecomeTheFeedAsync(_database, output);
    }

    public Task InitializeAsync() => _database.InitializeAsync();

    public Task DisposeAsync() => _database.DisposeAsync();

    private Task<RunningApp> StartAsync(params (string Key, string Value)[] more) =>
        RunningApp.StartAsync(_database.ConnectionString, broker.Settings(_exchange, more));

    private async Task<EventQueue> NewQueueAsync(string pattern = "#")
    {
        var queue = new EventQueue(broker, _exchange);
        await queue.MakeAsync(pattern);
        return queue;
    }

    private async Task<long> CheckpointAsync() => await PublishedFeed.RelayedUpToAsync(_database);

    private static Task<BrokerStatus> StatusAsync(RunningApp app) => app.Services.GetRequiredService<BrokerStatusReader>().ReadAsync("tenant-1", default);

    private static async Task<BrokerStatus> UntilAsync(RunningApp app, BrokerState state)
    {
        BrokerStatus? status = null;
        await EventuallyAsync(async () => (status = await StatusAsync(app)).State == state);
        return status!;
    }

    private static async Task ShouldStayReadyAsync(RunningApp app, bool isBrokerOk)
    {
        using var client = app.Client();
        ReadinessReport? report = null;
        await EventuallyAsync(async () =>
        {
            using var answer = await client.GetAsync(new Uri("/health/ready", UriKind.Relative));
            report = await answer.ReadAsync<ReadinessReport>(HttpStatusCode.OK);
            return report.Checks.Single(c => c.Name == "broker").Ok == isBrokerOk;
        });
        report!.Status.ShouldBe("ready");
        report.Checks.Single(c => c.Name == "broker").Required.ShouldBeFalse();
    }

    private static async Task EventuallyAsync(Func<Task<bool>> isSo)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await isSo())
        {
            Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(30));
            await Task.Delay(TimeSpan.FromMilliseconds(10));
        }
    }
}
