using JasperFx;
using JasperFx.CodeGeneration;
using JasperFx.Events.Daemon;
using LeadScoring.Host.Broker;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Jobs;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using RabbitMQ.Client;
using Wolverine;
using Wolverine.ErrorHandling;
using Wolverine.Postgresql;
using Wolverine.RabbitMQ;
using Wolverine.RabbitMQ.Internal;
using Wolverine.Runtime;
using Wolverine.Runtime.Handlers;
using Wolverine.Runtime.Serialization;

namespace LeadScoring.Host;

/// <summary>
/// All that Wolverine is told. It carries long work, by messages that the database keeps, and publishes the feed's entries, each awaited to
/// the broker's confirm.
/// </summary>
internal static class WolverineSetup
{
    /// <summary>Of its tables.</summary>
    public const string SchemaName = "wolverine";

    private const string WorkQueueName = "work";

    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    /// <summary>A tenant's work is a message on a local, durable queue, one at a time an instance; another instance has it soon after this one ends.</summary>
    /// <param name="daemon">Whether other instances are to be looked for.</param>
    public static IServiceCollection AddLongWork(this IServiceCollection services, DaemonMode daemon) => services.AddWolverine(ExtensionDiscovery.ManualOnly, options =>
    {
        options.ApplicationAssembly = typeof(WolverineSetup).Assembly;
        options.Discovery.DisableConventionalDiscovery();
        options.CodeGeneration.TypeLoadMode = TypeLoadMode.Static; // The one handler needs no code to be made.
        options.AutoBuildMessageStorageOnStartup = AutoCreate.None;
        options.AddMessageHandler(new WorkHandler());
        options.PublishMessage<GoOnWithWork>().ToLocalQueue(WorkQueueName);
        options.LocalQueue(WorkQueueName).UseDurableInbox().Sequential().TelemetryEnabled(false);

        var durability = options.Durability;
        durability.Mode = daemon is DaemonMode.Solo ? DurabilityMode.Solo : DurabilityMode.Balanced;
        durability.HealthCheckPollingTime = durability.CheckAssignmentPeriod = TimeSpan.FromSeconds(2);
        durability.FirstHealthCheckExecution = TimeSpan.FromSeconds(1);
        durability.StaleNodeTimeout = TimeSpan.FromSeconds(5);
        durability.OrphanedMessageSweepPollingTime = durability.ScheduledJobPollingTime = TimeSpan.FromSeconds(1);
        durability.ScheduledJobFirstExecution = TimeSpan.FromMilliseconds(500);
        durability.DrainTimeout = TimeSpan.FromSeconds(5);
        KeepDeadLetters(durability);
        durability.DurabilityMetricsEnabled = false;
        durability.NodeAssignmentHealthCheckTracingEnabled = false;
    });

    /// <summary>Where its messages are kept, in a Wolverine that does nothing else, for those who make or check the tables.</summary>
    public static ServiceProvider MessagesOf(NpgsqlDataSource database) => new ServiceCollection()
        .AddLogging()
        .AddWolverine(ExtensionDiscovery.ManualOnly, options =>
        {
            options.ApplicationAssembly = typeof(WolverineSetup).Assembly;
            options.PersistMessagesWithPostgresql(database, SchemaName);
            KeepDeadLetters(options.Durability);
        })
        .BuildServiceProvider();

    /// <summary>For ten days; their table has a column for it.</summary>
    private static void KeepDeadLetters(DurabilitySettings durability) => durability.DeadLetterQueueExpirationEnabled = true;

    /// <summary>A Wolverine of its own for the time of one connection; not started. What fails in it is thrown to whoever publishes, who says it: it logs nothing.</summary>
    /// <param name="useTransport">Connects it, and routes <see cref="FeedEntry"/> somewhere inline.</param>
    public static IHost BuildPublisher(Action<WolverineOptions> useTransport)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddSingleton<IHostLifetime, StoppedByItsOwner>();
        builder.Services.AddWolverine(ExtensionDiscovery.ManualOnly, options =>
        {
            options.ApplicationAssembly = typeof(WolverineSetup).Assembly;
            options.Discovery.DisableConventionalDiscovery();
            options.CodeGeneration.TypeLoadMode = TypeLoadMode.Static; // There are no handlers, so that no code is made.
            options.Durability.Mode = DurabilityMode.Solo;
            options.Durability.UseSyncRetryBlock = true; // Otherwise a failed send returns like one that succeeded. Four tries within 0.4 s, then it throws.
            options.Durability.SendingAgentIdleTimeout = Timeout.InfiniteTimeSpan; // An idle sender that is taken away is never made again.
            useTransport(options);
        });
        return builder.Build();
    }

    /// <summary>Entries to the exchange by their type.</summary>
    /// <exception cref="BrokerFault">A file of the password or a certificate cannot be used.</exception>
    public static void UseRabbitMq(WolverineOptions options, BrokerOptions broker)
    {
        var rabbit = options.UseRabbitMq(factory => Configure(factory, broker))
            .ConfigureChannelCreation(channel => (channel.PublisherConfirmationsEnabled, channel.PublisherConfirmationTrackingEnabled) = (true, true))
            .DisableSystemRequestReplyQueueDeclaration()
            .DisableDeadLetterQueueing()
            .UseSenderConnectionOnly();
        foreach (var host in broker.Hosts) rabbit.AddClusterNode(new AmqpTcpEndpoint(host.Name, host.Port, broker.Tls?.For(host.Name) ?? new SslOption()));
        options.PublishMessagesToRabbitMqExchange<FeedEntry>(broker.Exchange, entry => entry.Type)
            .DefaultSerializer(new FeedEntryBytes())
            .UseInterop(new FeedEntryProperties())
            .TelemetryEnabled(false)
            .SendInline();
    }

    private static void Configure(ConnectionFactory factory, BrokerOptions broker)
    {
        factory.ClientProvidedName = $"leadscoring relay on {Environment.MachineName}";
        (factory.UserName, factory.Password, factory.VirtualHost) = (broker.User, broker.ReadPassword(), broker.VirtualHost);
        factory.RequestedConnectionTimeout = factory.HandshakeContinuationTimeout = factory.ContinuationTimeout = AnswerMax;
        factory.RequestedHeartbeat = Heartbeat;
        factory.TopologyRecoveryEnabled = false;
    }

    /// <summary>The service's own lifetime hears the signals; this one would answer them too.</summary>
    private sealed class StoppedByItsOwner : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

/// <summary>The entry's frozen bytes are the message's body.</summary>
internal sealed class FeedEntryBytes : IMessageSerializer
{
    public string ContentType => "application/cloudevents+json";

    public byte[] Write(Envelope envelope) => WriteMessage(envelope.Message!);

    public byte[] WriteMessage(object message) => ((FeedEntry)message).Body;

    public object ReadFromData(Type messageType, Envelope envelope) => throw new NotSupportedException("Nothing is received.");

    public object ReadFromData(byte[] data) => throw new NotSupportedException("Nothing is received.");
}

/// <summary>Nothing of Wolverine's own is in the message.</summary>
internal sealed class FeedEntryProperties : IRabbitMqEnvelopeMapper
{
    public void MapEnvelopeToOutgoing(Envelope envelope, IBasicProperties outgoing)
    {
        var entry = (FeedEntry)envelope.Message!;
        outgoing.ContentType = envelope.ContentType;
        outgoing.Persistent = true;
        outgoing.MessageId = entry.EventId.ToString();
        outgoing.Timestamp = new AmqpTimestamp(entry.At.ToUnixTimeSeconds());
        outgoing.Headers = null;
    }

    public void MapIncomingToEnvelope(Envelope envelope, IReadOnlyBasicProperties incoming) => throw new NotSupportedException("Nothing is received.");
}

internal sealed class WorkHandler : MessageHandler<GoOnWithWork>
{
    /// <summary>Pages end by themselves; this only keeps Wolverine from ending one that waits for the database.</summary>
    private const int PageSecondsMax = 7 * 24 * 3600;

    public override void ConfigureChain(HandlerChain chain)
    {
        chain.ExecutionTimeoutInSeconds = PageSecondsMax;
        chain.TelemetryEnabled = false;
        chain.OnException<OperationCanceledException>().RequeueIndefinitely(); // The instance stops: another goes on.
    }

    protected override Task HandleAsync(GoOnWithWork message, MessageContext context, CancellationToken cancellation) =>
        context.Runtime.Services.GetRequiredService<WorkLoop>().HandleAsync(message, context);
}
