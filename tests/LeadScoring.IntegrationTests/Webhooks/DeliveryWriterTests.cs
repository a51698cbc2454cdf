using LeadScoring.Contracts;
using LeadScoring.Host;
using LeadScoring.Host.Events;
using LeadScoring.Host.Subscriptions;
using LeadScoring.Host.Webhooks;
using LeadScoring.IntegrationTests.Setup;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace LeadScoring.IntegrationTests.Webhooks;

/// <summary>What is stored of deliveries survives an instance that led before and is late with what it knew, and a database that is away.</summary>
public sealed class DeliveryWriterTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly StreamKey _subscription = new("acme", Guid.CreateVersion7());

    [Fact]
    public async Task What_is_finished_stays_and_the_position_only_grows()
    {
        var outcome = new AttemptOutcome(AttemptResult.Failed, Now, LatencyMs: 5, StatusCode: 500, Answer: null, Error: "no", RetryAfterSeconds: null);
        await ProgressAsync(position: 10);
        await SaveAsync([Of(1, DeliveryStatus.Delivered, finishedAt: Now), Of(2, DeliveryStatus.Pending, outcome: outcome)]);

        await SaveAsync([Of(1, DeliveryStatus.Pending), Of(2, DeliveryStatus.Waiting)], position: 5);

        var (delivered, waiting) = (await FindAsync(1), await FindAsync(2));
        (delivered.Status, delivered.FinishedAt).ShouldBe((DeliveryStatus.Delivered, Now));
        (waiting.Status, waiting.LastAttempt?.At).ShouldBe((DeliveryStatus.Waiting, Now));
        (await database.CountAsync<SubscriptionProgress>("acme", p => p.Id == _subscription.StreamId && p.Position == 10)).ShouldBe(1);
    }

    [Fact]
    public async Task Rows_are_stored_in_the_order_they_came_in_their_latest_version_also_when_the_database_was_away_first()
    {
        using var gate = new DatabaseGate(database.ConnectionString);
        await using var source = NpgsqlDataSource.Create(gate.ConnectionString);
        using var documents = MartenSetup.StoreOf(source);
        var (writer, order) = (new DeliveryWriter(documents, TimeProvider.System, NullLogger.Instance), new List<long>());
        gate.Shut();
        var running = writer.RunAsync(default);
        for (var position = 1; position <= 5 * DeliveryWriter.BatchMax; position++)
        {
            writer.Put(Of(position, position % 2 == 0 ? DeliveryStatus.Waiting : DeliveryStatus.Pending), Note(position));
            if (position % 700 == 0) writer.Put(Of(position, DeliveryStatus.Delivered, finishedAt: Now), () => { });
        }

        await Task.Delay(TimeSpan.FromMilliseconds(200));
        order.ShouldBeEmpty();
        gate.Open();
        writer.Complete();
        await running;

        order.ShouldBe(Enumerable.Range(1, 5 * DeliveryWriter.BatchMax).Select(p => (long)p));
        (await FindAsync(700)).Status.ShouldBe(DeliveryStatus.Delivered);
        (await database.CountAsync<WebhookDelivery>("acme", d => d.SubscriptionId == _subscription.StreamId)).ShouldBe(5 * DeliveryWriter.BatchMax);

        Action Note(long position) => () => order.Add(position);
    }

    [Fact]
    public async Task Two_that_store_the_same_at_once_both_do()
    {
        await ProgressAsync(position: 0);
        for (var round = 1; round <= 10; round++)
        {
            WebhookDelivery[] deliveries = [.. Enumerable.Range(1, 20 * round).Select(p => Of(p, DeliveryStatus.Pending))];
            await Task.WhenAll(Enumerable.Range(1, 4).Select(_ => SaveAsync(deliveries, round)));
        }

        (await database.CountAsync<WebhookDelivery>("acme", d => d.SubscriptionId == _subscription.StreamId)).ShouldBe(200);
    }

    [Fact]
    public async Task The_progress_of_a_subscription_that_is_gone_does_not_come_back()
    {
        await SaveAsync([], position: 7);

        (await database.CountAsync<SubscriptionProgress>("acme", p => p.Id == _subscription.StreamId)).ShouldBe(0);
    }

    [Fact]
    public async Task Old_deliveries_go_however_many_there_are()
    {
        WebhookDelivery[] old = [.. Enumerable.Range(1, WebhookUpkeep.SliceMax + 500).Select(p => Of(p, DeliveryStatus.Delivered, finishedAt: Now.AddDays(-31).AddSeconds(p / 100)))];
        await SaveAsync([.. old, Of(9_999, DeliveryStatus.Delivered, finishedAt: DateTimeOffset.UtcNow)]);
        using var upkeep = new WebhookUpkeep(
            database.Documents,
            database.DataSource,
            WebhookOptions.From(new ConfigurationBuilder().Build(), isDevelopment: true),
            TimeProvider.System,
            NullLogger<WebhookUpkeep>.Instance);

        await upkeep.RunOnceAsync(default);

        (await database.CountAsync<WebhookDelivery>("acme", d => d.SubscriptionId == _subscription.StreamId)).ShouldBe(1);
    }

    private WebhookDelivery Of(long position, DeliveryStatus status, AttemptOutcome? outcome = null, DateTimeOffset? finishedAt = null) =>
        WebhookDelivery.Of(_subscription, new(position, subject: default), status, outcome) with { FinishedAt = finishedAt };

    private Task SaveAsync(IReadOnlyList<WebhookDelivery> deliveries, long? position = null)
    {
        var writer = new DeliveryWriter(database.Documents, TimeProvider.System, NullLogger.Instance);
        foreach (var delivery in deliveries) writer.Put(delivery, () => { });
        if (position is { } at) writer.Put(_subscription, new() { Id = _subscription.StreamId, Position = at });
        writer.Complete();
        return writer.RunAsync(default);
    }

    private async Task ProgressAsync(long position)
    {
        await using var session = database.Documents.LightweightSession("acme");
        session.Insert(new SubscriptionProgress { Id = _subscription.StreamId, Position = position });
        await session.SaveChangesAsync();
    }

    private async Task<WebhookDelivery> FindAsync(long position)
    {
        await using var session = database.Documents.QuerySession("acme");
        return (await session.LoadAsync<WebhookDelivery>(WebhookDelivery.IdOf(_subscription.StreamId, position)))!;
    }
}
