using LeadScoring.Contracts;
using LeadScoring.Host.Events;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Subscriptions;

public enum ResendOutcome
{
    Due,
    NotFound,

    /// <summary>An earlier event of the lead has to go first.</summary>
    Waits,
}

/// <summary>What became of events for subscriptions, and sending them again.</summary>
public sealed class DeliveryHistory(NpgsqlDataSource database, TimeProvider clock)
{
    /// <summary>Deliveries one call makes due.</summary>
    public const int ResentMax = 1_000;

    private static readonly string ListDeliveries = SqlText.Load(typeof(DeliveryHistory), "list_deliveries.sql");
    private static readonly string ResendDelivery = SqlText.Load(typeof(DeliveryHistory), "resend_delivery.sql");
    private static readonly string ResendFailed = SqlText.Load(typeof(DeliveryHistory), "resend_failed.sql");
    private static readonly string TouchSubscription = SqlText.Load(typeof(DeliveryHistory), "touch_subscription.sql");

    /// <summary>The latest position first.</summary>
    /// <param name="before">Only positions below it; null: all.</param>
    public async Task<IReadOnlyList<DeliveryView>> ListAsync(
        StreamKey subscription, DeliveryStatus? status, long? before, int limit, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await ReadAsync(connection, subscription, status, before, only: null, limit, ct);
    }

    /// <summary>Makes one due now, whatever became of it. One that was finished begins its retries anew.</summary>
    public async Task<(ResendOutcome Outcome, DeliveryView? Delivery)> ResendAsync(StreamKey subscription, long position, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var changed = await ChangeAsync(connection, Sql.BatchCommand(
            ResendDelivery,
            Sql.Of(subscription.TenantId, NpgsqlDbType.Text),
            Sql.Of(subscription.StreamId, NpgsqlDbType.Uuid),
            Sql.Of(position, NpgsqlDbType.Bigint),
            Sql.Of(clock.GetUtcNow(), NpgsqlDbType.TimestampTz)), subscription, ct);
        var found = await ReadAsync(connection, subscription, status: null, before: null, position, limit: 1, ct);
        if (found.Count == 0) return (ResendOutcome.NotFound, null);
        return (changed > 0 ? ResendOutcome.Due : ResendOutcome.Waits, found[0]);
    }

    /// <summary>Makes due what was given up at or after an instant, the earliest positions first.</summary>
    public async Task<ResendReceipt> ResendFailedAsync(StreamKey subscription, DateTimeOffset since, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var resent = await ChangeAsync(connection, Sql.BatchCommand(
            ResendFailed,
            Sql.Of(subscription.TenantId, NpgsqlDbType.Text),
            Sql.Of(subscription.StreamId, NpgsqlDbType.Uuid),
            Sql.Of(since.ToUniversalTime(), NpgsqlDbType.TimestampTz),
            Sql.Of(clock.GetUtcNow(), NpgsqlDbType.TimestampTz),
            Sql.Of(ResentMax, NpgsqlDbType.Integer)), subscription, ct);
        return new(resent, More: resent == ResentMax);
    }

    /// <summary>Changes deliveries and, if there were any, the subscription's revision, by which whoever delivers notices.</summary>
    private static async Task<int> ChangeAsync(NpgsqlConnection connection, NpgsqlBatchCommand change, StreamKey subscription, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var changing = new NpgsqlBatch(connection, transaction) { BatchCommands = { change } }) await changing.ExecuteNonQueryAsync(ct);
        var changed = change.RecordsAffected;
        if (changed == 0) return 0;
        await using var touch = new NpgsqlCommand(TouchSubscription, connection, transaction);
        touch.Parameters.AddAll(Sql.Of(subscription.TenantId, NpgsqlDbType.Text), Sql.Of(subscription.StreamId, NpgsqlDbType.Uuid));
        await touch.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return changed;
    }

    private static async Task<List<DeliveryView>> ReadAsync(
        NpgsqlConnection connection, StreamKey subscription, DeliveryStatus? status, long? before, long? only, int limit, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(ListDeliveries, connection);
        command.Parameters.AddAll(
            Sql.Of(subscription.TenantId, NpgsqlDbType.Text),
            Sql.Of(subscription.StreamId, NpgsqlDbType.Uuid),
            Sql.Of(status is { } wanted ? SubscriptionColumns.TextOf(wanted) : null, NpgsqlDbType.Text),
            Sql.Of(before, NpgsqlDbType.Bigint),
            Sql.Of(only, NpgsqlDbType.Bigint),
            Sql.Of(limit, NpgsqlDbType.Integer));
        await using var rows = await command.ExecuteReaderAsync(ct);
        var deliveries = new List<DeliveryView>();
        while (await rows.ReadAsync(ct)) deliveries.Add(View(rows));
        return deliveries;
    }

    private static DeliveryView View(NpgsqlDataReader row) => new(
        row.GetInt64(0),
        row.GetGuid(1),
        row.GetString(2),
        row.GetGuid(3),
        Enum.GetValues<DeliveryStatus>().First(s => SubscriptionColumns.TextOf(s) == row.GetString(4)),
        row.GetInt32(5),
        SubscriptionColumns.Instant(row, 6),
        row.IsDBNull(7) ? null : row.GetInt32(7),
        row.IsDBNull(8) ? null : row.GetInt32(8),
        row.IsDBNull(9) ? null : row.GetString(9),
        row.IsDBNull(10) ? null : row.GetString(10),
        SubscriptionColumns.Instant(row, 11),
        SubscriptionColumns.Instant(row, 12));
}
