using System.Collections.Concurrent;
using LeadScoring.Host.Feed;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace LeadScoring.Host.Broker;

internal enum BrokerAnswerKind
{
    Confirmed,
    Nacked,
    Returned,
}

/// <summary>What the broker said of messages sent.</summary>
/// <param name="Tag">Of a confirm or a nack: the message's number on this connection, from 1.</param>
/// <param name="Multiple">It holds for all up to that number.</param>
/// <param name="MessageId">Of a returned message.</param>
internal readonly record struct BrokerAnswer(BrokerAnswerKind Kind, ulong Tag = 0, bool Multiple = false, Guid MessageId = default);

/// <summary>
/// One connection with one channel, from its opening to its end. It is not recovered: the client library's own recovery would
/// bring back the channel with its numbers begun anew and say nothing of the messages between, so that a new connection, with what
/// is unconfirmed sent again, is simpler and leaves nothing open.
/// The library's tracking of confirms is not used either: it costs a task and a header in each message, and an exception for each
/// one returned.
/// </summary>
internal sealed class BrokerConnection : IAsyncDisposable
{
    private const string ContentType = "application/cloudevents+json";
    private const int ConfirmsTogether = 16;

    /// <summary>With so few out, each confirmation is told at once.</summary>
    private const int UnansweredFew = 2 * ConfirmsTogether;

    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CloseMax = TimeSpan.FromSeconds(2);

    private readonly IConnection _connection;
    private readonly IChannel _channel;
    private readonly BrokerOptions _options;
    private readonly Wakeup _wakeup;
    private readonly CachedString _exchange;
    private readonly Dictionary<string, CachedString> _routingKeys = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<BrokerAnswer> _answers = new();
    private volatile BrokerFault? _lost;
    private volatile int _unanswered;
    private int _heard;
    private volatile string? _blockedReason;

    private BrokerConnection(IConnection connection, IChannel channel, BrokerOptions options, Wakeup wakeup)
    {
        (_connection, _channel, _options, _wakeup) = (connection, channel, options, wakeup);
        _exchange = new CachedString(options.Exchange);
        Listen();
    }

    /// <summary>Messages sent that have no answer, as far as whoever sends has taken answers.</summary>
    public int Unanswered
    {
        set => _unanswered = value;
    }

    /// <summary>Why the broker takes nothing at the moment, in its own words; null: it does.</summary>
    public string? BlockedReason => _blockedReason;

    /// <summary>Connects, and sees to exchange and queue as the settings say.</summary>
    /// <param name="wakeup">Set whenever the broker says something.</param>
    /// <exception cref="BrokerFault">The broker cannot be used.</exception>
    public static async Task<BrokerConnection> OpenAsync(BrokerOptions options, Wakeup wakeup, CancellationToken ct)
    {
        IConnection? connection = null;
        try
        {
            connection = await FactoryOf(options).CreateConnectionAsync(EndpointsOf(options), ClientName, ct);
            await BrokerTopologies.SeeToAsync(connection, options, ct);
            var channel = await connection.CreateChannelAsync(
                new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false, outstandingPublisherConfirmationsRateLimiter: null), ct);
            return new BrokerConnection(connection, channel, options, wakeup);
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            if (connection is not null) await CloseAsync(connection);
            throw BrokerFault.Of(e, options);
        }
        catch
        {
            if (connection is not null) await CloseAsync(connection);
            throw;
        }
    }

    /// <exception cref="BrokerFault">The connection is lost.</exception>
    public void EnsureOpen()
    {
        if (_lost is { } lost) throw new BrokerFault(lost.Message, lost.IsRefusal, lost);
    }

    /// <summary>Takes the oldest answer not taken yet.</summary>
    public bool TryTakeAnswer(out BrokerAnswer answer) => _answers.TryDequeue(out answer);

    /// <summary>Sends one event; one at a time. The broker's answer follows by its number: the first is 1.</summary>
    /// <exception cref="BrokerFault">The connection is lost.</exception>
    public async ValueTask SendAsync(FeedEntry published, CancellationToken ct)
    {
        var properties = new BasicProperties
        {
            ContentType = ContentType,
            DeliveryMode = DeliveryModes.Persistent,
            MessageId = published.EventId.ToString(),
            Timestamp = new AmqpTimestamp(published.At.ToUnixTimeSeconds()),
        };
        try
        {
            await _channel.BasicPublishAsync(_exchange, RoutingKeyOf(published.Type), mandatory: true, properties, published.Body, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            throw _lost ?? BrokerFault.Of(e, _options);
        }
    }

    public async ValueTask DisposeAsync() => await CloseAsync(_connection);

    private static string ClientName => $"leadscoring relay on {Environment.MachineName}";

    private static ConnectionFactory FactoryOf(BrokerOptions options) => new()
    {
        UserName = options.User,
        Password = options.ReadPassword(),
        VirtualHost = options.VirtualHost,
        AutomaticRecoveryEnabled = false,
        TopologyRecoveryEnabled = false,
        RequestedConnectionTimeout = AnswerMax,
        HandshakeContinuationTimeout = AnswerMax,
        ContinuationTimeout = AnswerMax,
        RequestedHeartbeat = Heartbeat,
    };

    private static IReadOnlyList<AmqpTcpEndpoint> EndpointsOf(BrokerOptions options) =>
        [.. options.Hosts.Select(h => new AmqpTcpEndpoint(h.Name, h.Port, options.Tls?.For(h.Name) ?? new SslOption()))];

    private static async Task CloseAsync(IConnection connection)
    {
        try
        {
            // The library's own time-out leaves out what waits for a broker that reads no more.
            await AbortAsync(connection).WaitAsync(CloseMax * 2);
        }
        catch (Exception e) when (e is OperationInterruptedException or IOException or OperationCanceledException or TimeoutException or ObjectDisposedException)
        {
            // It is gone either way.
        }
    }

    private static async Task AbortAsync(IConnection connection)
    {
        await connection.AbortAsync(CloseMax);
        await connection.DisposeAsync();
    }

    private CachedString RoutingKeyOf(string type)
    {
        if (_routingKeys.TryGetValue(type, out var key)) return key;
        return _routingKeys[type] = new CachedString(type);
    }

    private void Listen()
    {
        _connection.ConnectionBlockedAsync += (_, blocked) => HearAsync(() => _blockedReason = blocked.Reason);
        _connection.ConnectionUnblockedAsync += (_, _) => HearAsync(() => _blockedReason = null);
        _connection.ConnectionShutdownAsync += (_, end) => HearAsync(() => Lose(end));
        _channel.ChannelShutdownAsync += (_, end) => HearAsync(() => Lose(end));
        _channel.BasicAcksAsync += (_, ack) => HearConfirmAsync(new(BrokerAnswerKind.Confirmed, ack.DeliveryTag, ack.Multiple));
        _channel.BasicNacksAsync += (_, nack) => HearAsync(() => _answers.Enqueue(new(BrokerAnswerKind.Nacked, nack.DeliveryTag, nack.Multiple)));
        _channel.BasicReturnAsync += (_, returned) => HearAsync(() =>
            _answers.Enqueue(new(BrokerAnswerKind.Returned, MessageId: Guid.Parse(returned.BasicProperties.MessageId!))));
    }

    /// <summary>On the library's reading loop, so that it only notes.</summary>
    private Task HearAsync(Action note)
    {
        note();
        _wakeup.Set();
        return Task.CompletedTask;
    }

    /// <summary>While much is out, confirmations are taken together: to wake the loop for each of them costs more than what it then does.</summary>
    private Task HearConfirmAsync(BrokerAnswer confirm)
    {
        _answers.Enqueue(confirm);
        if (confirm.Multiple || _unanswered <= UnansweredFew || ++_heard % ConfirmsTogether == 0) _wakeup.Set();
        return Task.CompletedTask;
    }

    private void Lose(ShutdownEventArgs end) => _lost ??= BrokerFault.OfReply(end.ReplyCode, end.ReplyText, _options, end.Exception);
}
