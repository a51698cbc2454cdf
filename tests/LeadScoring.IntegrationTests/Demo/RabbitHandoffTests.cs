using System.Net;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.IntegrationTests.Broker;
using LeadScoring.IntegrationTests.Setup;
using RabbitMQ.Client;
using SampleCrm;

namespace LeadScoring.IntegrationTests.Demo;

/// <summary>Wolverine's consumer as README shows it, on a real broker and a real database.</summary>
[Collection(nameof(TestBroker))]
public sealed class RabbitHandoffTests(TestBroker broker, MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private static readonly Uri NoService = new("http://127.0.0.1:1");
    private readonly string _exchange = $"exchange-{Guid.NewGuid():n}";
    private readonly string _queue = $"crm_{Guid.NewGuid():n}";

    [Fact]
    public async Task The_desk_has_everything_over_lost_connections_a_restart_and_a_deleted_queue()
    {
        await using var app = await RunningApp.ListenAsync(database.ConnectionString, broker.Settings(_exchange));
        var key = (await app.MakeKeyAsync("by-rabbit")).Key;
        using var http = app.Client(key);
        var ann = await http.HandOffAsync("ann");
        Guid bob;
        await using (var office = await RunningOffice.StartAsync(app.Url, key, Options("by-rabbit")))
        {
            await office.UntilAsync(ann, Stage.MarketingQualified);

            // The event before the handoff is of a type the desk does not need, and must not hold it up.
            bob = await http.HandOffAfterReviewAsync("bob");
            await office.UntilAsync(bob, Stage.MarketingQualified);

            await broker.Node.CloseConnectionsAsync();
            await http.AnswerAsync(ann, "accept", new AcceptRequest("sam"));
            await office.UntilAsync(ann, Stage.SalesAccepted);
        }

        await http.AnswerAsync(bob, "accept", new AcceptRequest("sam"));
        await using (var office = await RunningOffice.StartAsync(app.Url, key, Options("by-rabbit"))) await office.UntilAsync(bob, Stage.SalesAccepted);

        // Nobody else's queue is bound: until the desk is back its events wait in the service.
        await using (var connection = await broker.ConnectAsync())
        {
            await using var channel = await connection.CreateChannelAsync();
            await channel.QueueDeleteAsync(_queue);
        }

        var eve = await http.HandOffAsync("eve");
        await using (var office = await RunningOffice.StartAsync(app.Url, key, Options("by-rabbit")))
        {
            await office.UntilAsync(eve, Stage.MarketingQualified);
            (await office.OnDeskAsync()).Count.ShouldBe(3);
            office.Reception.Refused.ShouldBe(0);
        }
    }

    [Fact]
    public async Task Every_handoff_is_handled_once_over_restarts_in_the_middle()
    {
        const int count = 600;
        await (await StartAsync()).DisposeAsync();
        await PublishAsync([.. Enumerable.Range(1, count).Select(sequence => new DeskNews($"{sequence}").HandedOff(sequence))]);
        var repeats = 0L;
        for (var restarts = 0; restarts < 3; restarts++)
        {
            await using var office = await StartAsync();
            await office.UntilAsync(view => view.Taken >= 100, "a part was handled");
            repeats += office.Reception.Repeats;
        }

        await using var last = await StartAsync();
        await last.UntilAsync(async () => (await last.OnDeskAsync()).Count == count, "all are on the desk");

        (repeats + last.Reception.Repeats, last.Reception.Refused).ShouldBe((0, 0));
    }

    [Fact]
    public async Task A_repeat_is_not_worked_twice_while_its_id_is_kept_nor_afterwards()
    {
        var (jane, bob, eve) = (new DeskNews("Jane"), new DeskNews("Bob"), new DeskNews("Eve"));
        var handoff = jane.HandedOff(1);
        await using (var office = await StartAsync())
        {
            await PublishAsync(handoff, jane.Recycled(2), handoff, bob.HandedOff(3));
            await office.UntilAsync(bob.LeadId, Stage.MarketingQualified);

            // Wolverine knew the id: the handler was not asked.
            (office.Reception.Taken, office.Reception.Repeats, office.Reception.Refused).ShouldBe((3, 0, 0));
        }

        // A day later its clean-up has taken the ids; the desk knows by the lead's sequence.
        await using (var command = database.DataSource.CreateCommand($"delete from {_queue}.wolverine_incoming_envelopes where status = 'Handled'"))
        {
            (await command.ExecuteNonQueryAsync()).ShouldBe(3);
        }

        await using (var office = await StartAsync())
        {
            await PublishAsync(handoff, eve.HandedOff(4));
            await office.UntilAsync(eve.LeadId, Stage.MarketingQualified);

            (await office.OnDeskAsync()).Select(lead => lead.Who()).ShouldBe(["Bob", "Eve"], ignoreOrder: true);
            (office.Reception.Taken, office.Reception.Repeats, office.Reception.Refused).ShouldBe((1, 1, 0));
        }
    }

    [Fact]
    public async Task Ids_are_kept_for_a_day()
    {
        await using var office = await StartAsync();
        var jane = new DeskNews("Jane");

        await PublishAsync(jane.HandedOff(1));
        await office.UntilAsync(jane.LeadId, Stage.MarketingQualified);

        var kept = await database.ScalarAsync<DateTime>($"select keep_until from {_queue}.wolverine_incoming_envelopes");
        (kept - DateTime.UtcNow).TotalHours.ShouldBeInRange(23.9, 24.1);
    }

    [Fact]
    public async Task What_cannot_be_read_is_a_dead_letter_and_the_others_go_on()
    {
        await using var office = await StartAsync();
        var (jane, bob, zoe) = (new DeskNews("Jane"), new DeskNews("Bob"), new DeskNews("Zoe"));

        await PublishAsync(("not an event"u8.ToArray(), Guid.NewGuid()), ("{}"u8.ToArray(), Guid.NewGuid()), ("not an event, without an id"u8.ToArray(), null));
        await PublishAsync(
            jane.Event(1, IntegrationEventTypes.LeadMarketingQualified, new { cycle = "one" }),
            zoe.HandedOff(2) with { Tenantid = "another" },
            jane.Event(3, "leadscoring.lead.invented.v1", new { }),
            bob.HandedOff(4));
        await office.UntilAsync(bob.LeadId, Stage.MarketingQualified);

        (await office.OnDeskAsync()).ShouldHaveSingleItem();
        await office.UntilAsync(async () => (await office.OnDeskAsync()).Count == 1 && office.Reception.Refused == 3, "three dead letters");
        await using var connection = await broker.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync();
        (await channel.QueueDeclarePassiveAsync(_queue)).MessageCount.ShouldBe(0u);
    }

    [Fact]
    public async Task A_leads_events_are_handled_in_their_order()
    {
        await using var office = await StartAsync();
        var leads = Enumerable.Range(0, 8).Select(n => new DeskNews($"{n}")).ToList();
        var events = Enumerable.Range(1, 50).SelectMany(cycle => leads.Select((lead, n) => (lead, At: (cycle * 20) + n, cycle)))
            .SelectMany(it => new[] { it.lead.HandedOff((it.At * 3) + 1, it.cycle), it.lead.Accepted((it.At * 3) + 2, it.cycle) }).ToList();

        await PublishAsync([.. events]);
        await office.UntilAsync(view => view.Taken + view.Repeats == events.Count, "all were handled");

        office.Reception.Repeats.ShouldBe(0, "an event that a later one of its lead overtook");
        (await office.OnDeskAsync()).ShouldAllBe(lead => lead.Cycle == 50 && lead.Stage == Stage.SalesAccepted);
    }

    [Fact]
    public async Task A_database_that_cannot_be_used_ends_it_with_a_sentence()
    {
        var options = Options("acme");

        var refused = await Should.ThrowAsync<Refusal>(() => RunningOffice.StartAsync(
            NoService, "ls_key", options with { RabbitMq = options.RabbitMq! with { Database = "Host=127.0.0.1;Port=1" } }));

        refused.Message.ShouldStartWith("The desk's database cannot be used: ");
    }

    private OfficeOptions Options(string tenant)
    {
        var uri = new Uri($"amqp://{RabbitNode.User}:{Uri.EscapeDataString(RabbitNode.Password)}@{IPAddress.Loopback}:{broker.Node.Port}");
        return new(Port: 0, HandoffsFrom.Rabbitmq, RabbitMq: new(uri, database.PooledConnectionString, _exchange, _queue, tenant));
    }

    /// <summary>Alone: what it gets a test publishes.</summary>
    private Task<RunningOffice> StartAsync() => RunningOffice.StartAsync(NoService, "ls_key", Options("acme"));

    private Task PublishAsync(params IReadOnlyList<CloudEvent> events) =>
        PublishAsync([.. events.Select(published => (JsonSerializer.SerializeToUtf8Bytes(published, JsonSerializerOptions.Web), (Guid?)published.Id))]);

    /// <summary>With the properties the service gives its messages.</summary>
    private async Task PublishAsync(params IReadOnlyList<(byte[] Body, Guid? Id)> messages)
    {
        await using var connection = await broker.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        foreach (var (body, id) in messages)
        {
            var properties = new BasicProperties { ContentType = "application/cloudevents+json", MessageId = id?.ToString(), Persistent = true };
            await channel.BasicPublishAsync(_exchange, IntegrationEventTypes.LeadMarketingQualified, mandatory: true, properties, body);
        }
    }
}
