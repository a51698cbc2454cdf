using LeadScoring.Contracts;
using LeadScoring.Host.Subscriptions;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Webhooks;

/// <summary>Instances come and go; what is delivered does not depend on it.</summary>
public sealed class TakeOverTests : IAsyncLifetime
{
    private readonly MigratedDatabase _database = new();
    private WebhookReceiver _receiver = null!;

    public async Task InitializeAsync()
    {
        await _database.InitializeAsync();
        _receiver = await WebhookReceiver.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _receiver.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_stop_in_the_middle_loses_nothing_and_sends_nothing_twice()
    {
        await _database.PublishAsync("acme", 400);
        Guid id;
        await using (var first = await StartAsync())
        {
            using var http = await first.ClientAsync();
            id = (await http.SubscribeAsync(_receiver.Url(), "beginning")).Subscription.Id!.Value;
            await _receiver.UntilAsync(50);
        }

        var before = _receiver.Received().Count;
        await using var second = await StartAsync();
        using var again = await second.ClientAsync();
        await again.UntilAsync(id, s => s.Position == 400, "the end");

        before.ShouldBeLessThan(400, "the first instance was to be stopped in the middle");
        _receiver.Received().Select(r => r.Position).Order().ShouldBe(Enumerable.Range(1, 400).Select(i => (long)i));
        (await again.SubscriptionAsync(id)).Pending.ShouldBe(0);
    }

    [Fact]
    public async Task What_is_held_back_survives_with_its_order_and_its_ids()
    {
        var ann = Guid.NewGuid();
        var fails = true;
        _receiver.Answer = (_, http) =>
        {
            http.Response.StatusCode = Volatile.Read(ref fails) ? 500 : 200;
            return Task.CompletedTask;
        };
        Guid id;
        await using (var first = await StartAsync(("Webhooks:RetryDelaysSeconds", "1,1,1,1,1,1,1,1")))
        {
            using var http = await first.ClientAsync();
            id = (await http.SubscribeAsync(_receiver.Url())).Subscription.Id!.Value;
            await _database.PublishAsync("acme", [ann, ann, ann]);
            await http.UntilDeliveriesAsync(id, DeliveryStatus.Pending, 1);
            await http.UntilDeliveriesAsync(id, DeliveryStatus.Waiting, 2);
        }

        Volatile.Write(ref fails, false);
        await using var second = await StartAsync();
        using var again = await second.ClientAsync();
        await again.UntilDeliveriesAsync(id, DeliveryStatus.Delivered, 3);

        var received = _receiver.Received();
        received.Select(r => r.Position).Distinct().ShouldBe([1, 2, 3]);
        received.Where(r => r.Position == 1).Select(r => r.Id).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task Of_two_instances_one_delivers_and_the_other_takes_over()
    {
        var first = await StartAsync();
        await using var second = await StartAsync();
        using var http = await second.ClientAsync();
        var id = (await http.SubscribeAsync(_receiver.Url())).Subscription.Id!.Value;
        await _database.PublishAsync("acme", 50);
        await _receiver.UntilAsync(50);

        await first.DisposeAsync();
        await _database.PublishAsync("acme", 50);
        await http.UntilAsync(id, s => s.Position == 100, "position 100");

        _receiver.Received().Select(r => r.Position).Order().ShouldBe(Enumerable.Range(1, 100).Select(i => (long)i));
    }

    [Fact]
    public async Task A_database_that_goes_away_and_comes_back_costs_repeats_at_most()
    {
        using var gate = new DatabaseGate(_database.ConnectionString);
        await using var app = await RunningApp.StartAsync(gate.ConnectionString, WebhookApi.Local);
        using var http = await app.ClientAsync();
        var id = (await http.SubscribeAsync(_receiver.Url())).Subscription.Id!.Value;
        await _database.PublishAsync("acme", 100);
        await _receiver.UntilAsync(20);

        gate.Shut();
        await _database.PublishAsync("acme", 100);
        gate.Open();
        await Eventually.TrueAsync(
            async () => await _database.CountAsync<SubscriptionProgress>("acme", p => p.Id == id && p.Position == 200) == 1, "position 200");

        _receiver.Received().Select(r => r.Position).Distinct().Order().ShouldBe(Enumerable.Range(1, 200).Select(i => (long)i));
        _receiver.Received().GroupBy(r => r.Position).ShouldAllBe(same => same.Select(r => r.Id).Distinct().Count() == 1);
    }

    private Task<RunningApp> StartAsync(params (string, string)[] settings) =>
        RunningApp.StartAsync(_database.ConnectionString, [.. WebhookApi.Local, .. settings]);
}
