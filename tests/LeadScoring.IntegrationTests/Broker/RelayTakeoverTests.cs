using LeadScoring.IntegrationTests.Faults;
using LeadScoring.IntegrationTests.Feed;
using LeadScoring.IntegrationTests.Setup;
using Xunit.Abstractions;

namespace LeadScoring.IntegrationTests.Broker;

[Collection(nameof(TestBroker))]
public sealed class RelayTakeoverTests(MigratedDatabase database, TestBroker broker, ITestOutputHelper output) : IClassFixture<MigratedDatabase>
{
    private const int KillsMax = 3;

    [Fact]
    public async Task Of_two_services_one_relays_and_when_it_is_killed_the_other_goes_on()
    {
        var exchange = $"exchange-{Guid.NewGuid():n}";
        var queue = new EventQueue(broker, exchange);
        await queue.MakeAsync();
        var settings = broker.Settings(exchange).ToDictionary(s => s.Key.Replace(":", "__", StringComparison.Ordinal), s => s.Value);
        await using var first = await ServiceProcess.StartAsync(database.ConnectionString, settings);
        await using var second = await ServiceProcess.StartAsync(database.ConnectionString, settings);
        for (var kill = 0; kill < KillsMax; kill++)
        {
            var (victim, other) = kill % 2 == 0 ? (first, second) : (second, first);
            await PublishedFeed.AddAsync(database, events: 5_000, leads: 200);
            var taken = queue.Received.DistinctBy(m => m.Id).Count();
            await queue.TakeUntilAsync(count => count >= taken + 300);
            await victim.KillAsync();
            other.IsRunning.ShouldBeTrue();
            await PublishedFeed.AddAsync(database, events: 200, leads: 200);
            await queue.ShouldBecomeTheFeedAsync(database, output);
            await victim.StartAgainAsync();
        }

        // Whoever relays has stored how far it is: a service that starts again repeats nothing.
        var last = (await database.FeedAsync())[^1].LogSequence;
        await MigratedDatabase.UntilAsync(async () => await PublishedFeed.RelayedUpToAsync(database) == last, "the relay has stored that all is confirmed");
    }
}
