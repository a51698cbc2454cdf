using RabbitMQ.Client;

namespace LeadScoring.Host.Broker;

/// <summary>The exchange, and the queue where one is wanted: declared, or only looked for.</summary>
internal static class BrokerTopologies
{
    private const string Everything = "#";

    /// <summary>Unlike a classic queue's, its messages survive the loss of a node.</summary>
    private static readonly Dictionary<string, object?> Quorum = new() { ["x-queue-type"] = "quorum" };

    /// <exception cref="RabbitMQ.Client.Exceptions.OperationInterruptedException">Something is missing, other than asked for, or not allowed.</exception>
    public static async Task SeeToAsync(IConnection connection, BrokerOptions options, CancellationToken ct)
    {
        // On a channel of its own: a refusal closes it.
        await using var channel = await connection.CreateChannelAsync(cancellationToken: ct);
        if (options.Topology == BrokerTopology.Verify)
        {
            await channel.ExchangeDeclarePassiveAsync(options.Exchange, ct);
            if (options.Queue is not null) await channel.QueueDeclarePassiveAsync(options.Queue, cancellationToken: ct);
            return;
        }

        await channel.ExchangeDeclareAsync(options.Exchange, ExchangeType.Topic, durable: true, autoDelete: false, cancellationToken: ct);
        if (options.Queue is null) return;
        await channel.QueueDeclareAsync(options.Queue, durable: true, exclusive: false, autoDelete: false, arguments: Quorum, cancellationToken: ct);
        await channel.QueueBindAsync(options.Queue, options.Exchange, Everything, cancellationToken: ct);
    }
}
