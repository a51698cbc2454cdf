using System.Net;
using LeadScoring.Contracts;
using LeadScoring.IntegrationTests.Broker;
using LeadScoring.IntegrationTests.Setup;
using RabbitMQ.Client;
using SampleCrm.Handoffs;
using SampleCrm.Sales;

namespace LeadScoring.IntegrationTests.Demo;

/// <summary>From a decision in the service over a real broker to sales' desk.</summary>
[Collection(nameof(TestBroker))]
public sealed class RabbitHandoffTests(TestBroker broker, MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private readonly string _exchange = $"exchange-{Guid.NewGuid():n}";
    private readonly string _queue = $"desk-{Guid.NewGuid():n}";

    private OfficeOptions Options(string tenant) => new(Port: 0, HandoffsFrom.Rabbitmq)
    {
        RabbitMq = new(
            new($"amqp://{RabbitNode.User}:{Uri.EscapeDataString(RabbitNode.Password)}@{IPAddress.Loopback}:{broker.Node.Port}"),
            _exchange,
            _queue,
            tenant),
    };

    [Fact]
    public async Task The_desk_has_everything_over_lost_connections_a_deleted_queue_and_a_restart()
    {
        await using var app = await RunningApp.ListenAsync(database.ConnectionString, broker.Settings(_exchange));
        var key = (await app.MakeKeyAsync("by-rabbit")).Key;
        using var http = app.Client(key);
        var ann = await http.HandOffAsync("ann");
        Guid bob;
        await using (var office = await RunningOffice.StartAsync(app.Url, key, Options("by-rabbit")))
        {
            await office.UntilAsync("consuming");
            await office.UntilAsync(ann, Stage.MarketingQualified);

            // The event before the handoff is of a type the desk does not need, and must not hold it up.
            bob = await http.HandOffAfterReviewAsync("bob");
            await office.UntilAsync(bob, Stage.MarketingQualified);

            await broker.Node.CloseConnectionsAsync();
            await http.AnswerAsync(ann, "accept", new AcceptRequest("sam"));
            await office.UntilAsync(ann, Stage.SalesAccepted);
            await http.AnswerAsync(bob, "accept", new AcceptRequest("sam"));
            await office.UntilAsync(bob, Stage.SalesAccepted);
        }

        await DeleteQueueAsync();
        var eve = await http.HandOffAsync("eve");
        await using (var office = await RunningOffice.StartAsync(app.Url, key, Options("by-rabbit")))
        {
            await office.UntilAsync(eve, Stage.MarketingQualified);
            await office.UntilAsync("consuming");

            await DeleteQueueAsync();
            await http.AnswerAsync(eve, "accept", new AcceptRequest("sam"));
            await office.UntilAsync(eve, Stage.SalesAccepted);
            office.OnDesk.Count.ShouldBe(3);
        }
    }

    [Fact]
    public async Task Other_tenants_and_what_is_no_event_pass_and_what_came_twice_counts_once()
    {
        await using var app = await RunningApp.ListenAsync(database.ConnectionString);
        var key = (await app.MakeKeyAsync("acme")).Key;
        await using (var connection = await broker.ConnectAsync())
        {
            await using var channel = await connection.CreateChannelAsync();
            await RabbitNode.DeclareExchangeAsync(channel, _exchange); // This service has no broker, and the exchange is not the desk's.
        }

        await using var office = await RunningOffice.StartAsync(app.Url, key, Options("acme"));
        await office.UntilAsync("consuming");
        var (jane, bob, zoe) = (new DeskNews("Jane"), new DeskNews("Bob"), new DeskNews("Zoe"));
        var handoff = jane.HandedOff(1);

        await PublishAsync(
            "not an event"u8.ToArray(), BytesOf(zoe.HandedOff(2) with { Tenantid = "another" }), BytesOf(handoff), BytesOf(handoff), BytesOf(bob.HandedOff(3)));
        await office.UntilAsync(bob.LeadId, Stage.MarketingQualified);

        office.OnDesk.Select(lead => lead.Who).ShouldBe(["Jane", "Bob"], ignoreOrder: true);
        (office.Reception.Live, office.Reception.Twice, office.Reception.Refused).ShouldBe((2, 1, 1));
    }

    private static byte[] BytesOf(CloudEvent published) =>
        System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(published, System.Text.Json.JsonSerializerOptions.Web);

    private async Task DeleteQueueAsync()
    {
        await using var connection = await broker.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.QueueDeleteAsync(_queue);
    }

    private async Task PublishAsync(params IReadOnlyList<byte[]> bodies)
    {
        await using var connection = await broker.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        foreach (var body in bodies) await channel.BasicPublishAsync(_exchange, IntegrationEventTypes.LeadMarketingQualified, mandatory: true, body);
    }
}
