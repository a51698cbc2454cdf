using System.Diagnostics;
using RabbitMQ.Client;

namespace LeadScoring.Benchmarks.Relays;

/// <summary>R: the same messages out of memory with the same client library, window and confirms, and nothing else.</summary>
internal sealed class RawPublisher(IConnection connection, string exchange, int window)
{
    /// <returns>Messages/s, from the first sent to the last confirmed.</returns>
    /// <exception cref="BenchmarkFailure">The broker did not take a message.</exception>
    public async Task<double> RunAsync(IReadOnlyList<FeedMessage> messages, CancellationToken ct)
    {
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, false, outstandingPublisherConfirmationsRateLimiter: null), ct);
        using var free = new SemaphoreSlim(window);
        var settled = new bool[messages.Count + 1];
        var first = 1UL;
        var refused = 0;
        channel.BasicAcksAsync += (_, ack) =>
        {
            var freed = 0;
            for (var tag = ack.Multiple ? first : ack.DeliveryTag; tag <= ack.DeliveryTag; tag++)
            {
                if (!settled[tag]) freed++;
                settled[tag] = true;
            }

            if (ack.Multiple) first = Math.Max(first, ack.DeliveryTag + 1);
            if (freed > 0) free.Release(freed);
            return Task.CompletedTask;
        };
        channel.BasicNacksAsync += (_, _) => Task.FromResult(Interlocked.Increment(ref refused));
        channel.BasicReturnAsync += (_, _) => Task.FromResult(Interlocked.Increment(ref refused));

        var keys = messages.Select(m => m.Type).Distinct().ToDictionary(t => t, t => new CachedString(t));
        var to = new CachedString(exchange);
        var startedAt = Stopwatch.GetTimestamp();
        foreach (var message in messages)
        {
            await free.WaitAsync(ct);
            var properties = new BasicProperties
            {
                ContentType = "application/cloudevents+json",
                DeliveryMode = DeliveryModes.Persistent,
                MessageId = message.Id.ToString(),
                Timestamp = new AmqpTimestamp(message.At.ToUnixTimeSeconds()),
            };
            await channel.BasicPublishAsync(to, keys[message.Type], mandatory: true, properties, message.Body, ct);
        }

        for (var i = 0; i < window; i++) await free.WaitAsync(ct);
        var rate = messages.Count / Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        return refused == 0 ? rate : throw new BenchmarkFailure($"R: the broker did not take {refused:N0} messages.");
    }
}
