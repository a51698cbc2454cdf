using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace SampleCrm.Handoffs;

/// <param name="Broker"><c>amqp://user:password@host:5672/virtual-host</c>, or <c>amqps://</c>.</param>
/// <param name="Tenant">Whose events are meant: an exchange carries those of all tenants.</param>
public sealed record RabbitOptions(Uri Broker, string Exchange, string Queue, string Tenant)
{
    /// <summary>Without user and password.</summary>
    public string Where => $"RabbitMQ at {Broker.Host}, queue {Queue}";

    public override string ToString() => Where;
}

/// <summary>
/// Consumes a durable queue of its own. At every connection it binds the queue first and then reads from the feed what it missed,
/// so that nothing is lost even when somebody deleted the queue meanwhile.
/// </summary>
public sealed class RabbitHandoffs(RabbitOptions options, HandoffReception reception, FeedHandoffs feed) : IHandoffSource
{
    /// <summary>Messages that are here and not acknowledged yet, at most.</summary>
    private const ushort PrefetchMax = 100;

    /// <summary>The desk needs some types only, but one that finds no queue at all would hold up the later events of its lead.</summary>
    private const string Everything = "#";

    private const int DoublingsMax = 6;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CloseMax = TimeSpan.FromSeconds(2);
    private static readonly Dictionary<string, object?> Quorum = new() { ["x-queue-type"] = "quorum" };

    public async Task RunAsync(CancellationToken stop)
    {
        reception.ComesFrom(options.Where);
        for (var failures = 1; !stop.IsCancellationRequested; failures++)
        {
            try
            {
                await ConsumeAsync(onConsuming: () => failures = 0, stop);
            }
            catch (Exception e) when (IsOfTheBroker(e) && !stop.IsCancellationRequested)
            {
                reception.Say($"the broker is away: {e.Message}");
            }

            var pause = FirstPause * Math.Pow(2, Math.Min(failures, DoublingsMax)) * Random.Shared.Between(0.5, 1);
            await Task.Delay(pause, stop);
        }
    }

    /// <summary>One connection, until it ends.</summary>
    private async Task ConsumeAsync(Action onConsuming, CancellationToken stop)
    {
        // The library's own recovery would keep quiet about what happened meanwhile; a whole fresh start leaves nothing open.
        var factory = new ConnectionFactory { Uri = options.Broker, AutomaticRecoveryEnabled = false, ClientProvidedName = "SampleCrm" };
        var connection = await factory.CreateConnectionAsync(stop);
        try
        {
            var channel = await connection.CreateChannelAsync(cancellationToken: stop);
            await channel.ExchangeDeclarePassiveAsync(options.Exchange, stop); // The service makes it: until then there is nothing to bind to.
            await channel.QueueDeclareAsync(
                options.Queue, durable: true, exclusive: false, autoDelete: false, arguments: Quorum, cancellationToken: stop);
            await channel.QueueBindAsync(options.Queue, options.Exchange, Everything, cancellationToken: stop);
            await feed.CatchUpAsync(stop);

            var ended = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            var consumer = new AsyncEventingBasicConsumer(channel);
            consumer.ReceivedAsync += (_, delivery) => TakeAsync(channel, delivery, stop);
            consumer.UnregisteredAsync += (_, _) => End("the queue is gone");
            channel.ChannelShutdownAsync += (_, end) => End(end.ReplyText);
            connection.ConnectionShutdownAsync += (_, end) => End(end.ReplyText);
            await channel.BasicQosAsync(prefetchSize: 0, PrefetchMax, global: false, stop);
            await channel.BasicConsumeAsync(options.Queue, autoAck: false, consumer, stop);
            onConsuming();
            reception.Say("consuming");
            reception.Say($"the connection ended: {await ended.Task.WaitAsync(stop)}");

            Task End(string why)
            {
                ended.TrySetResult(why);
                return Task.CompletedTask;
            }
        }
        finally
        {
            await connection.AbortAsync(CloseMax);
            await connection.DisposeAsync();
        }
    }

    /// <summary>One at a time, in the queue's order: acknowledged once it is in the inbox.</summary>
    private async Task TakeAsync(IChannel channel, BasicDeliverEventArgs delivery, CancellationToken stop)
    {
        try
        {
            var published = DeskEvents.Read(delivery.Body.Span);
            if (published.Tenantid == options.Tenant) reception.TakeInOrder(published);
            await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false, stop);
        }
        catch (UnreadableEvent)
        {
            // It would be as unreadable the next time; a queue with a dead-letter exchange keeps it.
            reception.Refuse();
            await channel.BasicRejectAsync(delivery.DeliveryTag, requeue: false, stop);
        }
    }

    private static bool IsOfTheBroker(Exception e) =>
        e is BrokerUnreachableException or OperationInterruptedException or IOException or TimeoutException or ProtocolException
            or ObjectDisposedException or OperationCanceledException;
}
