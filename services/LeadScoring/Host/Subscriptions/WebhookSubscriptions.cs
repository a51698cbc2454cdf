using LeadScoring.Contracts;
using LeadScoring.Host.Engagements;
using LeadScoring.Host.Events;
using LeadScoring.Host.Storage;
using Marten;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Subscriptions;

public enum CreationOutcome
{
    Created,

    /// <summary>The same request was made before with the same key; this is what came of it.</summary>
    Repeated,

    /// <summary>The Idempotency-Key came with another request before.</summary>
    KeyReused,

    TooMany,
}

/// <summary>A subscription with everything that is shown of it.</summary>
/// <param name="Head">The last position of the tenant's feed.</param>
/// <param name="Pending">Deliveries held back.</param>
public sealed record SubscriptionFacts(SubscriptionRow Row, SubscriptionProgress Progress, long Head, long Pending);

/// <param name="Position">Events after it are delivered.</param>
/// <param name="CreationKey">Null: each request makes another subscription.</param>
/// <param name="CreationHash">Of the request, to tell a repeat from another one.</param>
public sealed record NewSubscription(
    string TenantId, Uri Url, IReadOnlyList<string>? EventTypes, string? Description, bool Enabled, long Position, string? CreationKey, byte[] CreationHash);

/// <summary>What a patch changes; null: nothing.</summary>
/// <param name="EventTypes">Empty: all.</param>
/// <param name="Description">Empty: none.</param>
public sealed record SubscriptionPatch(Uri? Url, IReadOnlyList<string>? EventTypes, string? Description, bool? Enabled);

/// <summary>Webhook subscriptions as the database has them.</summary>
public sealed class WebhookSubscriptions(
    NpgsqlDataSource database, IDocumentStore documents, SubscriptionSecrets secrets, TimeProvider clock)
{
    /// <summary>Of one tenant.</summary>
    public const int PerTenantMax = 5_000;

    private const int DisableAttemptsMax = 3;
    private const string EventSource = "subscription_disabled";

    private static readonly string InsertSubscription = SqlText.Load(typeof(WebhookSubscriptions), "insert_subscription.sql");
    private static readonly string InsertProgress = SqlText.Load(typeof(WebhookSubscriptions), "insert_progress.sql");
    private static readonly string FindByCreationKey = SqlText.Load(typeof(WebhookSubscriptions), "find_by_creation_key.sql");
    private static readonly string ReadSubscriptions = SqlText.Load(typeof(WebhookSubscriptions), "read_subscriptions.sql");
    private static readonly string PatchSubscription = SqlText.Load(typeof(WebhookSubscriptions), "patch_subscription.sql");
    private static readonly string DisableSubscription = SqlText.Load(typeof(WebhookSubscriptions), "disable_subscription.sql");
    private static readonly string DeleteSubscription = SqlText.Load(typeof(WebhookSubscriptions), "delete_subscription.sql");
    private static readonly string RotateSecret = SqlText.Load(typeof(WebhookSubscriptions), "rotate_secret.sql");

    /// <returns>Facts and secret are there unless it was refused.</returns>
    public async Task<(CreationOutcome Outcome, SubscriptionFacts? Facts, string? Secret)> CreateAsync(NewSubscription subscription, CancellationToken ct)
    {
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        await using var connection = await database.OpenConnectionAsync(ct);
        await using (var batch = new NpgsqlBatch(connection))
        {
            batch.BatchCommands.Add(Inserting(subscription, id));
            batch.BatchCommands.Add(Sql.BatchCommand(
                InsertProgress,
                Sql.Of(subscription.TenantId, NpgsqlDbType.Text),
                Sql.Of(id, NpgsqlDbType.Uuid),
                Sql.Of(subscription.Position, NpgsqlDbType.Bigint)));
            await batch.ExecuteNonQueryAsync(ct);
        }

        var outcome = CreationOutcome.Created;
        if (await FindAsync(connection, subscription.TenantId, id, ct) is not { } facts)
        {
            if (subscription.CreationKey is null || await FindByKeyAsync(connection, subscription, ct) is not { } known) return (CreationOutcome.TooMany, null, null);
            if (!known.Hash.AsSpan().SequenceEqual(subscription.CreationHash)) return (CreationOutcome.KeyReused, null, null);
            if (await FindAsync(connection, subscription.TenantId, known.Id, ct) is not { } former) return (CreationOutcome.KeyReused, null, null);
            (outcome, facts) = (CreationOutcome.Repeated, former);
        }

        return (outcome, facts, WebhookSignature.SecretOf(secrets.Open(facts.Row.Key.StreamId, facts.Row.Secret)));
    }

    /// <returns>Null: the tenant has no such subscription.</returns>
    public async Task<SubscriptionFacts?> FindAsync(string tenantId, Guid id, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await FindAsync(connection, tenantId, id, ct);
    }

    /// <summary>The newest first.</summary>
    /// <param name="after">The last one of the page before; null: the first page.</param>
    public async Task<IReadOnlyList<SubscriptionFacts>> ListAsync(
        string tenantId, (DateTimeOffset CreatedAt, Guid Id)? after, int limit, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await ReadAsync(connection, tenantId, id: null, after, limit, ct);
    }

    /// <returns>As it is now; null: the tenant has no such subscription.</returns>
    public async Task<SubscriptionFacts?> PatchAsync(string tenantId, Guid id, SubscriptionPatch patch, EventMetadata metadata, CancellationToken ct)
    {
        await using (var command = database.CreateCommand(PatchSubscription))
        {
            command.Parameters.AddAll(
                Sql.Of(tenantId, NpgsqlDbType.Text),
                Sql.Of(id, NpgsqlDbType.Uuid),
                Sql.Of(patch.Url?.AbsoluteUri, NpgsqlDbType.Text),
                Sql.Of(patch.EventTypes is not null, NpgsqlDbType.Boolean),
                Sql.Of(patch.EventTypes is { Count: > 0 } some ? some.ToArray() : null, NpgsqlDbType.Array | NpgsqlDbType.Text),
                Sql.Of(patch.Description, NpgsqlDbType.Text),
                Sql.Of(patch.Enabled == true, NpgsqlDbType.Boolean),
                Sql.Of(clock.GetUtcNow(), NpgsqlDbType.TimestampTz));
            if (await command.ExecuteNonQueryAsync(ct) == 0) return null;
        }

        if (patch.Enabled == false) await DisableAsync(new(tenantId, id), SubscriptionDisabledReason.ByRequest, metadata, ct);
        return await FindAsync(tenantId, id, ct);
    }

    /// <summary>Switches it off and says so in the log, both or neither. What is off already stays as it is.</summary>
    /// <param name="triedSince">Only if it was neither enabled nor given another address since; null: in any case.</param>
    /// <returns>Whether this call did it.</returns>
    public async Task<bool> DisableAsync(
        StreamKey key, SubscriptionDisabledReason reason, EventMetadata metadata, CancellationToken ct, DateTimeOffset? triedSince = null)
    {
        for (var attempt = 1; attempt <= DisableAttemptsMax; attempt++)
        {
            if (await FindAsync(key.TenantId, key.StreamId, ct) is not { Row: { Enabled: true } row }) return false;
            if (triedSince is { } since && row.TriedSince != since) return false;

            // Of the version it makes: a repeat after a lost answer is the same event.
            var id = EngagementId.Of(key.TenantId, EventSource, $"{key.StreamId}/{row.StreamVersion + 1}");
            var now = clock.GetUtcNow();
            await using var session = documents.LightweightSession(key.TenantId);
            session.Carry(metadata);
            var disabled = session.Events.Append(key.StreamId, row.StreamVersion + 1, new SubscriptionDisabled(key.StreamId, reason, now)).Events[0];
            (disabled.Id, disabled.Timestamp) = (id, now);
            session.QueueSqlCommand(DisableSubscription, SubscriptionColumns.TextOf(reason), now, now, key.TenantId, key.StreamId);
            try
            {
                await session.SaveChangesAsync(ct);
                return true;
            }
            catch (Exception e) when (e is JasperFx.ConcurrencyException || StoreFailures.Cause(e) is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
            {
                // Somebody else did, or this call's answer was lost.
            }
        }

        return false;
    }

    /// <returns>False: the tenant has no such subscription.</returns>
    public async Task<bool> DeleteAsync(string tenantId, Guid id, CancellationToken ct)
    {
        await using var command = database.CreateCommand(DeleteSubscription);
        command.Parameters.AddAll(
            Sql.Of(tenantId, NpgsqlDbType.Text), Sql.Of(id, NpgsqlDbType.Uuid), Sql.Of(clock.GetUtcNow(), NpgsqlDbType.TimestampTz));
        return await command.ExecuteNonQueryAsync(ct) > 0;
    }

    /// <param name="formerUntil">Until then the secret of before signs too.</param>
    /// <returns>The secret from here on; null: the tenant has no such subscription.</returns>
    public async Task<string?> RotateAsync(string tenantId, Guid id, DateTimeOffset formerUntil, CancellationToken ct)
    {
        var key = SubscriptionSecrets.NewKey();
        await using var command = database.CreateCommand(RotateSecret);
        command.Parameters.AddAll(
            Sql.Of(tenantId, NpgsqlDbType.Text),
            Sql.Of(id, NpgsqlDbType.Uuid),
            Sql.Of(secrets.Seal(id, key), NpgsqlDbType.Bytea),
            Sql.Of(formerUntil, NpgsqlDbType.TimestampTz),
            Sql.Of(clock.GetUtcNow(), NpgsqlDbType.TimestampTz));
        return await command.ExecuteNonQueryAsync(ct) > 0 ? WebhookSignature.SecretOf(key) : null;
    }

    private NpgsqlBatchCommand Inserting(NewSubscription subscription, Guid id) => Sql.BatchCommand(
        InsertSubscription,
        Sql.Of(subscription.TenantId, NpgsqlDbType.Text),
        Sql.Of(id, NpgsqlDbType.Uuid),
        Sql.Of(subscription.Url.AbsoluteUri, NpgsqlDbType.Text),
        Sql.Of(subscription.EventTypes?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text),
        Sql.Of(subscription.Description, NpgsqlDbType.Text),
        Sql.Of(subscription.Enabled, NpgsqlDbType.Boolean),
        Sql.Of(secrets.Seal(id, SubscriptionSecrets.NewKey()), NpgsqlDbType.Bytea),
        Sql.Of(subscription.CreationKey, NpgsqlDbType.Text),
        Sql.Of(subscription.CreationHash, NpgsqlDbType.Bytea),
        Sql.Of(clock.GetUtcNow(), NpgsqlDbType.TimestampTz),
        Sql.Of((long)PerTenantMax, NpgsqlDbType.Bigint));

    private static async Task<(Guid Id, byte[] Hash)?> FindByKeyAsync(NpgsqlConnection connection, NewSubscription subscription, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(FindByCreationKey, connection);
        command.Parameters.AddAll(Sql.Of(subscription.TenantId, NpgsqlDbType.Text), Sql.Of(subscription.CreationKey, NpgsqlDbType.Text));
        await using var rows = await command.ExecuteReaderAsync(ct);
        return await rows.ReadAsync(ct) ? (rows.GetGuid(0), rows.GetFieldValue<byte[]>(1)) : null;
    }

    private static async Task<SubscriptionFacts?> FindAsync(NpgsqlConnection connection, string tenantId, Guid id, CancellationToken ct) =>
        (await ReadAsync(connection, tenantId, id, after: null, limit: 1, ct)).SingleOrDefault();

    private static async Task<List<SubscriptionFacts>> ReadAsync(
        NpgsqlConnection connection, string tenantId, Guid? id, (DateTimeOffset CreatedAt, Guid Id)? after, int limit, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(ReadSubscriptions, connection);
        command.Parameters.AddAll(
            Sql.Of(tenantId, NpgsqlDbType.Text),
            Sql.Of(id, NpgsqlDbType.Uuid),
            Sql.Of(after?.CreatedAt, NpgsqlDbType.TimestampTz),
            Sql.Of(after?.Id, NpgsqlDbType.Uuid),
            Sql.Of(limit, NpgsqlDbType.Integer));
        await using var rows = await command.ExecuteReaderAsync(ct);
        var found = new List<SubscriptionFacts>();
        while (await rows.ReadAsync(ct))
        {
            found.Add(new(SubscriptionColumns.Row(rows), SubscriptionColumns.Progress(rows), SubscriptionColumns.Head(rows), SubscriptionColumns.Pending(rows)));
        }

        return found;
    }
}
