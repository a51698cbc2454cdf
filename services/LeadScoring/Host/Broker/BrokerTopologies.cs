using RabbitMQ.Client;

namespace LeadScoring.Host.Broker;

/// <summary>
/// The exchange, and the queue where one is wanted: declared, or only looked for. What no queue is bound for goes by an alternate exchange
/// to a queue that refuses everything, so that it is not confirmed instead of being lost.
/// </summary>
public static class BrokerTopologies
{
    private const string Everything = "#";

    /// <summary>Unlike a classic queue's, its messages survive the loss of a node.</summary>
    private static readonly Dictionary<string, object?> Quorum = new() { ["x-queue-type"] = "quorum" };

    private static readonly Dictionary<string, object?> RefusesAll = new() { ["x-max-length"] = 0, ["x-overflow"] = "reject-publish" };

    /// <summary>The name of the alternate exchange, and of the queue behind it.</summary>
    public static string UnroutedOf(string exchange) => $"{exchange}.unrouted";

    /// <exception cref="RabbitMQ.Client.Exceptions.OperationInterruptedException">Something is missing, other than asked for, or not allowed.</exception>
    public static Task SeeToAsync(IChannel channel, BrokerOptions options, CancellationToken ct) =>
        options.Topology == BrokerTopology.Verify ? VerifyAsync(channel, options, ct) : DeclareAsync(channel, options.Exchange, options.Queue, ct);

    /// <param name="queue">Null: whoever consumes binds queues of their own.</param>
    public static async Task DeclareAsync(IChannel channel, string exchange, string? queue = null, CancellationToken ct = default)
    {
        var unrouted = UnroutedOf(exchange);
        await channel.ExchangeDeclareAsync(unrouted, ExchangeType.Fanout, durable: true, autoDelete: false, cancellationToken: ct);
        await channel.QueueDeclareAsync(unrouted, durable: true, exclusive: false, autoDelete: false, arguments: RefusesAll, cancellationToken: ct);
        await channel.QueueBindAsync(unrouted, unrouted, routingKey: "", cancellationToken: ct);
        var alternate = new Dictionary<string, object?> { ["alternate-exchange"] = unrouted };
        await channel.ExchangeDeclareAsync(exchange, ExchangeType.Topic, durable: true, autoDelete: false, arguments: alternate, cancellationToken: ct);
        if (queue is null) return;
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments: Quorum, cancellationToken: ct);
        await channel.QueueBindAsync(queue, exchange, Everything, cancellationToken: ct);
    }

    private static async Task VerifyAsync(IChannel channel, BrokerOptions options, CancellationToken ct)
    {
        await channel.ExchangeDeclarePassiveAsync(options.Exchange, ct);
        await channel.ExchangeDeclarePassiveAsync(UnroutedOf(options.Exchange), ct);
        await channel.QueueDeclarePassiveAsync(UnroutedOf(options.Exchange), ct);
        if (options.Queue is not null) await channel.QueueDeclarePassiveAsync(options.Queue, ct);
    }
}
