using Marten;
using Wolverine;
using Wolverine.ErrorHandling;
using Wolverine.Marten;
using Wolverine.RabbitMQ;
using Wolverine.RabbitMQ.Internal;

namespace SampleCrm;

/// <param name="Broker"><c>amqp://user:password@host:5672/virtual-host</c>, or <c>amqps://</c>.</param>
/// <param name="Database">Npgsql's connection string; everything is in a schema named like the queue.</param>
/// <param name="Tenant">Whose events are meant: an exchange carries those of all tenants.</param>
public sealed record RabbitOptions(Uri Broker, string Database, string Exchange, string Queue, string Tenant);

public static class RabbitHandoffs
{
    public static void UseRabbitHandoffs(this IHostApplicationBuilder builder, RabbitOptions rabbit)
    {
        builder.Services.AddSingleton(rabbit);
        builder.Services.AddMarten(store =>
        {
            store.Connection(rabbit.Database);
            store.DatabaseSchemaName = rabbit.Queue;
            store.RegisterDocumentType<DeskLead>();
        }).ApplyAllDatabaseChangesOnStartup().IntegrateWithWolverine();

        builder.UseWolverine(options =>
        {
            options.ApplicationAssembly = typeof(HandoffHandler).Assembly;
            options.Durability.Mode = DurabilityMode.Solo; // One process: it goes on at once after a crash.
            options.Durability.KeepAfterMessageHandling = TimeSpan.FromDays(1); // A repeat within a day never reaches the handler.
            options.Policies.AutoApplyTransactions();
            options.Policies.OnException<UnreadableEvent>().MoveToErrorQueue();
            options.Policies.OnAnyException().RetryWithCooldown(TimeSpan.FromSeconds(0.2), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30));

            options.UseRabbitMq(rabbit.Broker)
                .DisableSystemRequestReplyQueueDeclaration()
                .DisableDeadLetterQueueing() // Dead letters lie in the database, and the queue is a plain one.
                .DeclareExchange(rabbit.Exchange, exchange =>
                {
                    exchange.ExchangeType = ExchangeType.Topic;
                    exchange.Arguments["alternate-exchange"] = $"{rabbit.Exchange}.unrouted"; // As the service declares it.
                    exchange.BindQueue(rabbit.Queue, "#"); // A type that nobody binds would hold up the later events of its lead.
                })
                .AutoProvision();
            options.ListenToRabbitQueue(rabbit.Queue)
                .QueueType(QueueType.quorum)
                .PreFetchCount(100)
                .DefaultIncomingMessage<CloudEvent>() // The body is the event, and the message id its id.
                .UseDurableInbox()
                .Sequential(); // A lead's events in their order.
        });
    }
}

public static class HandoffHandler
{
    /// <summary>What it changes and that the message was handled are one commit. What cannot be read throws, and is a dead letter.</summary>
    public static async Task HandleAsync(CloudEvent published, IDocumentSession session, RabbitOptions rabbit, Reception reception, CancellationToken stop)
    {
        if (published.Tenantid != rabbit.Tenant || !DeskLead.Types.Contains(published.Type)) return;
        var known = await session.LoadAsync<DeskLead>(DeskLead.IdOf(published), stop);
        var after = DeskLead.After(known, published); // The same lead if its sequence is not newer: so is a repeat after that day.
        if (after is not null && after != known) session.Store(after);
        reception.Count(changed: after != known);
    }
}
