using System.Collections.Concurrent;
using System.Diagnostics;
using LeadScoring.IntegrationTests.Setup;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Xunit.Abstractions;

namespace LeadScoring.IntegrationTests.Broker;

internal sealed record ReceivedMessage(Guid Id, string RoutingKey, byte[] Body, IReadOnlyBasicProperties Properties);

/// <summary>A durable queue of the test's own, bound to an exchange, and what came out of it.</summary>
internal sealed class EventQueue(TestBroker broker, string exchange)
{
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentQueue<ReceivedMessage> _received = new();

    public string Name { get; } = $"test-{Guid.NewGuid():n}";

    public IReadOnlyCollection<ReceivedMessage> Received => _received;

    /// <summary>Makes the queue, and the exchange where it is not there yet.</summary>
    /// <param name="pattern">Null: it is not bound.</param>
    public async Task MakeAsync(string? pattern = "#")
    {
        await using var connection = await broker.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync();
        await RabbitNode.DeclareExchangeAsync(channel, exchange);
        await channel.QueueDeclareAsync(Name, durable: true, exclusive: false, autoDelete: false);
        if (pattern is not null) await channel.QueueBindAsync(Name, exchange, pattern);
    }

    public async Task BindAsync(string pattern = "#")
    {
        await using var connection = await broker.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.QueueBindAsync(Name, exchange, pattern);
    }

    public async Task UnbindAsync(string pattern = "#")
    {
        await using var connection = await broker.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.QueueUnbindAsync(Name, exchange, pattern);
    }

    /// <summary>Takes messages until these were all there at least once.</summary>
    public async Task TakeUntilAsync(Func<int, bool> isEnough)
    {
        var started = Stopwatch.GetTimestamp();
        var ids = _received.Select(m => m.Id).ToHashSet();
        while (!isEnough(ids.Count))
        {
            if (Stopwatch.GetElapsedTime(started) > WaitMax) throw new TimeoutException($"Only {ids.Count} different messages arrived within {WaitMax}.");
            try
            {
                await using var connection = await broker.ConnectAsync();
                await using var channel = await connection.CreateChannelAsync();
                while (!isEnough(ids.Count) && Stopwatch.GetElapsedTime(started) <= WaitMax)
                {
                    if (await channel.BasicGetAsync(Name, autoAck: false) is not { } got)
                    {
                        await Task.Delay(Pause);
                        continue;
                    }

                    var id = Guid.Parse(got.BasicProperties.MessageId!);
                    _received.Enqueue(new(id, got.RoutingKey, got.Body.ToArray(), got.BasicProperties));
                    ids.Add(id);
                    await channel.BasicAckAsync(got.DeliveryTag, multiple: false);
                }
            }
            catch (Exception e) when (e is OperationInterruptedException or BrokerUnreachableException or IOException)
            {
                await Task.Delay(Pause);
            }
        }
    }

    /// <summary>Takes messages until the whole feed was there, then proves: nothing else, the same bytes, each lead in order.</summary>
    public async Task ShouldBecomeTheFeedAsync(MigratedDatabase database, ITestOutputHelper? output = null)
    {
        var feed = await PublishedFeed.ReadAsync(database);
        await TakeUntilAsync(count => count >= feed.Count);
        ShouldBeInOrder(feed);
        output?.WriteLine($"{_received.Count} messages for {feed.Count} events: {_received.Count - feed.Count} repeats.");
    }

    /// <summary>What came, without repeats, is a part of the feed with the same bytes, and of each lead a beginning in order.</summary>
    public void ShouldBeInOrder(IReadOnlyList<PublishedEvent> feed)
    {
        var byId = feed.ToDictionary(e => e.Id);
        var first = _received.DistinctBy(m => m.Id).ToList();
        foreach (var message in _received)
        {
            var published = byId[message.Id];
            message.RoutingKey.ShouldBe(published.Type);
            message.Body.AsSpan().SequenceEqual(published.Body).ShouldBeTrue();
        }

        var expected = feed.ToLookup(e => e.Lead, e => e.Id);
        foreach (var lead in first.GroupBy(m => byId[m.Id].Lead))
        {
            lead.Select(m => m.Id).ShouldBe(expected[lead.Key].Take(lead.Count()), "a lead's events are in order and without gaps");
        }
    }
}
