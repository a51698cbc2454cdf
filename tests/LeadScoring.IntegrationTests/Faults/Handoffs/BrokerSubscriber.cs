using LeadScoring.IntegrationTests.Setup;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace LeadScoring.IntegrationTests.Faults.Handoffs;

/// <summary>A sales system on the broker: takes from its durable queue, acknowledges afterwards, and comes back whenever it is cut off.</summary>
internal sealed class BrokerSubscriber(RabbitNode node, string exchange) : IAsyncDisposable
{
    private const string Queue = "sales";
    private const string Everything = "#";
    private const ushort PrefetchMax = 200;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();
    private Task? _taking;

    public Ledger Ledger { get; } = new("the broker's queue");

    /// <summary>Makes exchange and queue, binds them, and begins to take.</summary>
    public async Task StartAsync()
    {
        await OnChannelAsync(async channel =>
        {
            await RabbitNode.DeclareExchangeAsync(channel, exchange);
            await channel.QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false);
            await channel.QueueBindAsync(Queue, exchange, Everything);
        });
        _taking = TakeAsync();
    }

    public Task UnbindAsync() => OnChannelAsync(channel => channel.QueueUnbindAsync(Queue, exchange, Everything));

    public Task BindAsync() => OnChannelAsync(channel => channel.QueueBindAsync(Queue, exchange, Everything));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_taking is not null) await _taking;
        _stop.Dispose();
    }

    private async Task OnChannelAsync(Func<IChannel, Task> work)
    {
        await using var connection = await node.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync();
        await work(channel);
    }

    private async Task TakeAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await using var connection = await node.ConnectAsync();
                await using var channel = await connection.CreateChannelAsync();
                await ConsumeAsync(channel);
            }
            catch (Exception e) when (e is OperationInterruptedException or BrokerUnreachableException or IOException or AlreadyClosedException)
            {
                await Task.Delay(Pause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ConsumeAsync(IChannel channel)
    {
        var isOver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        channel.ChannelShutdownAsync += (_, _) =>
        {
            isOver.TrySetResult();
            return Task.CompletedTask;
        };
        await channel.BasicQosAsync(prefetchSize: 0, PrefetchMax, global: false);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, message) =>
        {
            Ledger.Take(message.Body.ToArray());
            await channel.BasicAckAsync(message.DeliveryTag, multiple: false);
        };
        await channel.BasicConsumeAsync(Queue, autoAck: false, consumer);
        await isOver.Task.WaitAsync(_stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
