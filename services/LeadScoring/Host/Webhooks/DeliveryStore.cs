using LeadScoring.Host.Events;
using LeadScoring.Host.Storage;
using LeadScoring.Host.Subscriptions;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Webhooks;

/// <summary>What delivering reads and writes: many subscriptions in one statement.</summary>
internal sealed class DeliveryStore(NpgsqlDataSource database)
{
    /// <summary>Subscriptions loaded together.</summary>
    public const int LoadedTogetherMax = 25;

    private static readonly string SaveDeliveries = SqlText.Load(typeof(DeliveryStore), "save_deliveries.sql");
    private static readonly string SaveProgress = SqlText.Load(typeof(DeliveryStore), "save_progress.sql");
    private static readonly string ReadRevisions = SqlText.Load(typeof(DeliveryStore), "read_revisions.sql");
    private static readonly string LoadSubscriptions = SqlText.Load(typeof(DeliveryStore), "load_subscriptions.sql");
    private static readonly string LoadUnfinished = SqlText.Load(typeof(DeliveryStore), "load_unfinished.sql");
    private static readonly string LoadStoredAhead = SqlText.Load(typeof(DeliveryStore), "load_stored_ahead.sql");

    /// <summary>Stores all of it in one transaction.</summary>
    public async Task SaveAsync(
        IReadOnlyList<DeliveryRecord> deliveries, IReadOnlyList<KeyValuePair<StreamKey, SubscriptionProgress>> progress, CancellationToken ct)
    {
        if (deliveries.Count == 0 && progress.Count == 0) return;
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection);
        if (deliveries.Count > 0) batch.BatchCommands.Add(Saving(deliveries));
        if (progress.Count > 0) batch.BatchCommands.Add(Saving(progress));
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Every subscription that is to get events, and its revision.</summary>
    public async Task<Dictionary<StreamKey, long>> ReadRevisionsAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand(ReadRevisions);
        await using var rows = await command.ExecuteReaderAsync(ct);
        var revisions = new Dictionary<StreamKey, long>();
        while (await rows.ReadAsync(ct)) revisions.Add(new(rows.GetString(0), rows.GetGuid(1)), rows.GetInt64(2));
        return revisions;
    }

    /// <summary>Those of the subscriptions that are still to get events, as one snapshot shows them.</summary>
    /// <param name="keys">At most <see cref="LoadedTogetherMax"/>.</param>
    public async Task<IReadOnlyList<LoadedSubscription>> LoadAsync(IReadOnlyList<StreamKey> keys, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, ct);
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(Sql.BatchCommand(LoadSubscriptions, KeysOf(keys)));
        batch.BatchCommands.Add(Sql.BatchCommand(LoadUnfinished, [.. KeysOf(keys), Sql.Of(CourierBounds.HeldMax + 1, NpgsqlDbType.Integer)]));
        batch.BatchCommands.Add(Sql.BatchCommand(LoadStoredAhead, KeysOf(keys)));
        await using var rows = await batch.ExecuteReaderAsync(ct);

        var found = new List<(SubscriptionRow Row, SubscriptionProgress Progress, long Head)>();
        while (await rows.ReadAsync(ct)) found.Add((SubscriptionColumns.Row(rows), SubscriptionColumns.Progress(rows), SubscriptionColumns.Head(rows)));
        await rows.NextResultAsync(ct);
        var held = await ByKeyAsync(rows, r => new HeldDelivery(r.GetInt64(2), r.GetGuid(3), r.GetInt32(4), r.GetFieldValue<DateTimeOffset>(5)), ct);
        await rows.NextResultAsync(ct);
        var ahead = await ByKeyAsync(rows, r => r.GetInt64(2), ct);
        return [.. found.Select(f => Loaded(f.Row, f.Progress, f.Head, held, ahead))];
    }

    private static LoadedSubscription Loaded(
        SubscriptionRow row, SubscriptionProgress progress, long head, Dictionary<StreamKey, List<HeldDelivery>> held, Dictionary<StreamKey, List<long>> ahead)
    {
        var own = held.GetValueOrDefault(row.Key) ?? [];
        return new(
            row,
            progress,
            head,
            own.Count > CourierBounds.HeldMax ? own[..CourierBounds.HeldMax] : own,
            own.Count > CourierBounds.HeldMax,
            ahead.GetValueOrDefault(row.Key) ?? []);
    }

    private static async Task<Dictionary<StreamKey, List<T>>> ByKeyAsync<T>(NpgsqlDataReader rows, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        var byKey = new Dictionary<StreamKey, List<T>>();
        while (await rows.ReadAsync(ct))
        {
            var key = new StreamKey(rows.GetString(0), rows.GetGuid(1));
            if (!byKey.TryGetValue(key, out var list)) byKey.Add(key, list = []);
            list.Add(read(rows));
        }

        return byKey;
    }

    private static NpgsqlParameter[] KeysOf(IReadOnlyList<StreamKey> keys) =>
    [
        Sql.Many(keys.Select(k => k.TenantId).ToArray(), NpgsqlDbType.Text),
        Sql.Many(keys.Select(k => k.StreamId).ToArray(), NpgsqlDbType.Uuid),
    ];

    private static NpgsqlBatchCommand Saving(IReadOnlyList<DeliveryRecord> deliveries) => Sql.BatchCommand(
        SaveDeliveries,
        Sql.Many(deliveries.Select(d => d.Subscription.TenantId).ToArray(), NpgsqlDbType.Text),
        Sql.Many(deliveries.Select(d => d.Subscription.StreamId).ToArray(), NpgsqlDbType.Uuid),
        Sql.Many(deliveries.Select(d => d.Position).ToArray(), NpgsqlDbType.Bigint),
        Sql.Many(deliveries.Select(d => SubscriptionColumns.TextOf(d.Status)).ToArray(), NpgsqlDbType.Text),
        Sql.Many(deliveries.Select(d => d.Attempts).ToArray(), NpgsqlDbType.Integer),
        Sql.Many(deliveries.Select(d => d.NextAttemptAt).ToArray(), NpgsqlDbType.TimestampTz),
        Sql.Many(deliveries.Select(d => d.Outcome?.At).ToArray(), NpgsqlDbType.TimestampTz),
        Sql.Many(deliveries.Select(d => d.Outcome?.LatencyMs).ToArray(), NpgsqlDbType.Integer),
        Sql.Many(deliveries.Select(d => d.Outcome?.StatusCode).ToArray(), NpgsqlDbType.Integer),
        Sql.Many(deliveries.Select(d => d.Outcome?.Answer).ToArray(), NpgsqlDbType.Text),
        Sql.Many(deliveries.Select(d => d.Outcome?.Error).ToArray(), NpgsqlDbType.Text),
        Sql.Many(deliveries.Select(d => d.FinishedAt).ToArray(), NpgsqlDbType.TimestampTz));

    private static NpgsqlBatchCommand Saving(IReadOnlyList<KeyValuePair<StreamKey, SubscriptionProgress>> progress) => Sql.BatchCommand(
        SaveProgress,
        Sql.Many(progress.Select(p => p.Key.TenantId).ToArray(), NpgsqlDbType.Text),
        Sql.Many(progress.Select(p => p.Key.StreamId).ToArray(), NpgsqlDbType.Uuid),
        Sql.Many(progress.Select(p => p.Value.Position).ToArray(), NpgsqlDbType.Bigint),
        Sql.Many(progress.Select(p => p.Value.FailuresInARow).ToArray(), NpgsqlDbType.Integer),
        Sql.Many(progress.Select(p => p.Value.FailingSince).ToArray(), NpgsqlDbType.TimestampTz),
        Sql.Many(progress.Select(p => p.Value.LastAttemptAt).ToArray(), NpgsqlDbType.TimestampTz),
        Sql.Many(progress.Select(p => p.Value.LastSuccessAt).ToArray(), NpgsqlDbType.TimestampTz),
        Sql.Many(progress.Select(p => p.Value.LastError).ToArray(), NpgsqlDbType.Text));
}
